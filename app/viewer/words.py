"""The viewer's words, in English under the names that its script knows; the script fills in ``{name}``.

The web translates them; the viewer in a bundle has them as they are.
"""

from app.viewer.marked import _


def words() -> dict[str, str]:
    """Return every text of the viewer's script."""
    return {
        **_pictures(),
        **_tools(),
        **_tiles(),
        **_keys(),
        **_sheets(),
        **_notes(),
        **_giving(),
        **_modalities(),
        **_parts(),
        **_kinds(),
    }


def _pictures() -> dict[str, str]:
    return {
        "picture_alt": _("Picture {number} of {total}, {what}"),
        "n_of_total": _("{number} of {total}"),
        "n_pictures": _("{total} pictures"),
        "one_picture": _("1 picture"),
        "n_of_what": _("{total} × {what}"),
        "scrubber": _("Leaf through the pictures"),
        "study": _("Examination"),
        "kind_of_part": _("{kind} of {part}"),
        "swipe": _("Swipe through {total} pictures"),
        "loading": _("Loading…"),
        "not_loaded": _("This picture could not be loaded. Nothing is lost."),
        "offline": _("You are offline. We go on by ourselves once you are connected again."),
        "visit_ended": _("Your visit has ended. Open your link again and enter the PIN."),
        "try_again": _("Try again"),
        "lossy": _("Lossy {ratio}"),
        "reduced": _("Reduced, lossy JPEG"),
        "side_L": _("Left side"),
        "side_R": _("Right side"),
        "side_B": _("Both sides"),
        "tile_empty": _("Empty place for pictures"),
        "tile_hint": _("Choose this place, then a series."),
        "at_detector": _("(at the detector)"),
        "mean": _("Mean"),
        "deviation": _("SD"),
        "moment": _("moment {number} of {total}"),
        "overlay_hidden": _("drawing hidden"),
    }


def _tools() -> dict[str, str]:
    return {
        "tools": _("Tools"),
        "overlay": _("What is drawn over the picture"),
        "over_time": _("Film: this slice over time"),
        "tool_window": _("Brightness and contrast"),
        "tool_scroll": _("Leaf through"),
        "tool_zoom": _("Zoom"),
        "tool_pan": _("Move"),
        "tool_magnifier": _("Magnifier"),
        "tool_crosshair": _("Show this place on the others"),
        "tool_probe": _("Value at a point"),
        "tool_length": _("Length"),
        "tool_angle": _("Angle"),
        "tool_rectangle": _("Rectangle: mean, spread, area"),
        "tool_ellipse": _("Ellipse: mean, spread, area"),
        "tool_arrow": _("Arrow with text"),
        "tools_all": _("All tools"),
        "tools_few": _("Fewer tools"),
        "measuring": _("Measuring"),
        "undo": _("Undo"),
        "remove": _("Delete the last mark"),
        "arrow_text": _("Text beside the arrow"),
        "arrow_done": _("Done"),
        "look": _("Look"),
        "place": _("Position"),
        "turn": _("Turn to the right"),
        "flip": _("Mirror"),
        "zoom_in": _("Larger"),
        "zoom_out": _("Smaller"),
        "one_to_one": _("One to one, and back"),
        "invert": _("Invert black and white"),
        "reset": _("Back to the start"),
        "play": _("Play"),
        "pause": _("Pause"),
        "speed": _("Speed of the film"),
        "windows": _("Brightness preset"),
        "window_table": _("Table of the device"),
        "window_own": _("As taken"),
        "window_own_n": _("As taken, {number}"),
        "window_custom": _("Your own"),
        "window_soft": _("Soft tissue"),
        "window_lung": _("Lung"),
        "window_bone": _("Bone"),
        "window_brain": _("Brain"),
        "window_liver": _("Liver"),
        "window_spine": _("Spine"),
    }


def _tiles() -> dict[str, str]:
    return {
        "layout": _("Layout"),
        "link_scroll": _("Leaf together"),
        "link_windows": _("Brightness together"),
        "lines": _("Lines where pictures cross"),
        "compare": _("Compare with another examination"),
        "planes": _("Three planes"),
        "plane_computed": _("computed plane"),
        "planes_few": _("These are too few pictures for other planes."),
        "planes_colour": _("Colour pictures cannot be cut in other planes."),
        "planes_nowhere": _("These pictures do not say where they lie; other planes would be a guess."),
        "planes_sizes": _("These pictures have different sizes; they cannot be cut in other planes."),
        "planes_uneven": _("These pictures are not evenly spaced; other planes would be distorted."),
        "planes_large": _("These are more pictures than this device can cut in other planes."),
    }


def _keys() -> dict[str, str]:
    return {
        "help": _("Help"),
        "left_hand": _("For the left hand"),
        "view_keep": _("Keep or print this view"),
        "view_what": _("What this place shows now, as a picture: for looking, not for diagnosis."),
        "view_named": _("With name and date of birth"),
        "view_save": _("Save as picture (PNG)"),
        "view_print": _("Print"),
        "picture_file": _("picture"),
        "review_only": _("For review only, not for diagnosis."),
        "shortcuts": _("Keys"),
        "edge_letters": _(
            "Letters at a picture's edges say which way the patient lies: R right, L left, A front, P back, "
            "H head, F feet."
        ),
        "key_space": _("Space"),
        "keys_leaf": _("Picture before, next picture"),
        "keys_series": _("Series before, next series"),
        "keys_page": _("Ten pictures at once"),
        "keys_moment": _("Same slice, moment before or after"),
        "keys_ends": _("First picture, last picture"),
        "keys_play": _("Play, pause"),
        "keys_tile": _("Next place"),
        "keys_alone": _("This place alone, and back (or double-click)"),
        "keys_layout": _("One, two or four places"),
    }


def _sheets() -> dict[str, str]:
    return {
        "report": _("Report"),
        "save": _("Save"),
        "close": _("Close"),
        "download": _("Download"),
        "looking": _("For looking and sharing. Your doctor's report explains them."),
        "no_report": _("No report is attached."),
        "photos": _("Photos"),
        "report_alone": _("The report alone, as a PDF."),
        "save_report": _("Save report"),
        "other_data": _("Other data"),
        "read": _("Read"),
        "show": _("Show"),
        "new": _("New"),
        "new_tab": _("Open in a new tab"),
        "measured": _("Measured"),
        "measure": _("Result"),
        "measured_how": _("Details"),
        "report_picture": _("a picture of this examination"),
        "report_partial": _("This report is not complete."),
        "report_unverified": _("This report has not been verified by a physician yet."),
        "report_by": _("Verified by {name}"),
        "report_cut": _("There is more in this report than can be shown; download it."),
        "save_pictures": _("Pictures to look at and pass on"),
        "save_some": _("Only some series"),
        "save_some_how": _("Tick what to take along. Nothing ticked: everything."),
        "save_how": _("Which pictures, and how"),
        "save_which": _("Which pictures"),
        "save_all": _("All"),
        "save_nth": _("One of every five"),
        "save_key": _("Those that the radiologist chose"),
        "save_marked": _("Those with your marks"),
        "save_named": _("With name and birth date"),
        "save_seen": _("As bright as you have set it"),
        "save_png": _("Without loss (PNG): larger files"),
        "save_pictures_size": _("{count} pictures, about {size}."),
        "save_none": _("There are no such pictures."),
        "save_pdf": _("Download PDF"),
        "save_zip": _("Download pictures (ZIP)"),
        "full_copy_title": _("Full copy"),
        "full_copy": _("Full copy for a computer. Use Wi-Fi."),
        "full_copy_size": _("Full copy for a computer, {size}. Use Wi-Fi."),
        "full_copy_what": _(
            "One ZIP file with all pictures as they were taken, as on a CD. Any hospital can read it."
        ),
        "full_copy_time": _("About {minutes} min on a usual line at home."),
        "download_copy": _("Download full copy"),
        "iso_what": _(
            "To burn a CD or DVD, or for software that reads only discs: the same as a disc image."
        ),
        "download_iso": _("Download disc image (ISO)"),
        "compatible": _("Software that cannot read it? A copy without compression"),
        "check_copy": _("Check a copy: is it whole and unchanged?"),
        "no_saving": _("This link is for looking only. {hospital} can give you a copy."),
    }


def _notes() -> dict[str, str]:
    return {
        "notes": _("Notes"),
        "note_keep": _("Keep these marks with the link"),
        "note_what": _(
            "Whoever holds a link to these pictures sees your marks, your name and what you write;"
            " {hospital} sees it too and can delete it. The pictures stay as they are."
        ),
        "note_name": _("Your name"),
        "note_text": _("What they show (if you like)"),
        "note_do": _("Keep them"),
        "note_failed": _("Your marks could not be kept. They are still here: try again."),
        "note_full": _("This link takes no more notes. Your marks are still here."),
        "note_large": _("These are more marks than one note takes. Delete some and try again."),
        "note_wait": _("Many notes were kept within the hour. Your marks are still here: try again later."),
        "note_not_loaded": _("This note could not be loaded. Try again."),
        "note_unchecked": _(
            "Marks that somebody who holds this link kept for the others. Names are as they were "
            "typed: nobody checked them."
        ),
        "note_marks": _("marks: {number}"),
        "note_show": _("Show"),
        "note_next": _("Next picture with marks"),
        "note_hide": _("Hide these marks"),
    }


def _giving() -> dict[str, str]:
    return {
        "give": _("Give to a doctor"),
        "give_what": _(
            "You get a code and a PIN to show. The doctor then sees the same images as you, for 24 hours at "
            "most, and cannot give them on."
        ),
        "give_seen": _("A code that you gave before stops working. {hospital} sees that you gave one."),
        "give_make": _("Make the code"),
        "give_show": _("Show this to the doctor."),
        "give_qr": _("QR code: it leads to your images"),
        "give_type": _("Or type {place} and this code:"),
        "give_pin": _("Show the PIN once the page has opened"),
        "give_until": _("Works until {date}."),
        "give_once": _("This is shown once."),
        "give_failed": _("No code was made. Try again."),
        "who_looked": _("Who looked"),
    }


def _modalities() -> dict[str, str]:
    return {
        "modality_CT": _("CT"),
        "modality_MR": _("MRI"),
        "modality_DX": _("X-ray"),
        "modality_US": _("Ultrasound"),
        "modality_MG": _("Mammogram"),
        "modality_NM": _("Nuclear medicine scan"),
        "modality_PT": _("PET"),
        "modality_XA": _("Angiogram"),
        "modality_RF": _("Fluoroscopy"),
        "modality_ES": _("Endoscopy"),
        "modality_OP": _("Eye pictures"),
        "modality_OCT": _("Optical scan"),
        "modality_GM": _("Microscopy"),
        "modality_SM": _("Microscopy"),
        "modality_IO": _("Dental X-ray"),
        "modality_PX": _("Dental X-ray"),
        "modality_BMD": _("Bone density scan"),
        "modality_OT": _("Pictures"),
    }


def _parts() -> dict[str, str]:
    """Return body parts (PS3.16 L) twice: as in "CT chest" and as in "CT of the chest"."""
    return {
        "part_ABDOMEN": _("abdomen"), "of_ABDOMEN": _("the abdomen"),
        "part_ANKLE": _("ankle"), "of_ANKLE": _("the ankle"),
        "part_BRAIN": _("brain"), "of_BRAIN": _("the brain"),
        "part_BREAST": _("breast"), "of_BREAST": _("the breast"),
        "part_CHEST": _("chest"), "of_CHEST": _("the chest"),
        "part_CSPINE": _("neck spine"), "of_CSPINE": _("the neck spine"),
        "part_ELBOW": _("elbow"), "of_ELBOW": _("the elbow"),
        "part_FOOT": _("foot"), "of_FOOT": _("the foot"),
        "part_HAND": _("hand"), "of_HAND": _("the hand"),
        "part_HEAD": _("head"), "of_HEAD": _("the head"),
        "part_HEART": _("heart"), "of_HEART": _("the heart"),
        "part_HIP": _("hip"), "of_HIP": _("the hip"),
        "part_KNEE": _("knee"), "of_KNEE": _("the knee"),
        "part_LEG": _("leg"), "of_LEG": _("the leg"),
        "part_LSPINE": _("lower spine"), "of_LSPINE": _("the lower spine"),
        "part_NECK": _("neck"), "of_NECK": _("the neck"),
        "part_PELVIS": _("pelvis"), "of_PELVIS": _("the pelvis"),
        "part_SHOULDER": _("shoulder"), "of_SHOULDER": _("the shoulder"),
        "part_SKULL": _("skull"), "of_SKULL": _("the skull"),
        "part_SPINE": _("spine"), "of_SPINE": _("the spine"),
        "part_TSPINE": _("upper back spine"), "of_TSPINE": _("the upper back spine"),
        "part_WRIST": _("wrist"), "of_WRIST": _("the wrist"),
    }  # fmt: skip


def _kinds() -> dict[str, str]:
    """Return the names of ``app.viewer.classes`` under themselves."""
    return {
        "Picture": _("Picture"),
        "Photo": _("Photo"),
        "Report": _("Report"),
        "Report (PDF)": _("Report (PDF)"),
        "Report (CDA)": _("Report (CDA)"),
        "Report with measurements": _("Report with measurements"),
        "List of key pictures": _("List of key pictures"),
        "Procedure log": _("Procedure log"),
        "Radiation dose report": _("Radiation dose report"),
        "Display settings": _("Display settings"),
        "Raw measurement data": _("Raw measurement data"),
        "Spatial registration": _("Spatial registration"),
        "Segmentation": _("Segmentation"),
        "Real-world value mapping": _("Real-world value mapping"),
        "Radiotherapy dose": _("Radiotherapy dose"),
        "Radiotherapy structures": _("Radiotherapy structures"),
        "Radiotherapy plan": _("Radiotherapy plan"),
        "Waveform": _("Waveform"),
        "Other data": _("Other data"),
    }
