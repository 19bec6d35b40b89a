/** The page of somebody who was asked for images: the desk's uploader, in the visitor's language. */
import './send.css';
import '../uploader/main';
