"""The one exception that means: the user gave something the program cannot use."""


class UserError(Exception):
    """Bad settings, files, shapes or data. Its message is ONE line: what is wrong, and what to do about it.

    The command line prints that line and exits with status 2; in Python it is an ordinary exception.
    """


def first_line(error):
    """What an exception of somebody else's says, in one line; the name of its type where it says nothing."""
    return (str(error).splitlines() or [type(error).__name__])[0]
