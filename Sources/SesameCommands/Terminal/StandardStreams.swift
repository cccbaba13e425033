import CLinux
import Glibc

/// Puts something in the place of a standard stream that is closed.
///
/// The next file or socket that is opened would else get its number, and a token that is meant for
/// standard output would go there. What stands in the place fails every read and every write.
func openStandardStreams() {
    for (number, mode) in [(STDIN_FILENO, O_WRONLY), (STDOUT_FILENO, O_RDONLY)]
    where fcntl(number, F_GETFD) < 0 {
        // The lowest free number is the one that is missing, since those below are taken by now.
        _ = unsafe clinux_open("/dev/null", mode, 0)
    }
    // Nobody reads our messages; that is no reason to fail.
    if fcntl(STDERR_FILENO, F_GETFD) < 0 { _ = unsafe clinux_open("/dev/null", O_WRONLY, 0) }
}
