"""What ends a report, with the exit code lockstep uses for it."""


class ReportError(Exception):
    """Carries one line for the user."""

    exit_code = 70


class InputError(ReportError):
    """A result is not valid."""

    exit_code = 3


class IoError(ReportError):
    """The operating system refused to read or write."""

    exit_code = 7


class UsageError(ReportError):
    """The command line makes no sense."""

    exit_code = 2
