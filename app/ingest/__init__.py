"""From a stranger's files to studies: receive, read in the sandbox, review, make display frames."""
