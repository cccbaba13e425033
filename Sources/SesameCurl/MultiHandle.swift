import CCurl

/// How many connections there may be.
package struct ConnectionLimits: Sendable {
    let toOneHost: Int
    /// Without a request: a server with few places must not have all of them taken by these.
    let kept: Int
    /// For how many seconds one that rests is used again by a request that cannot be sent twice.
    ///
    /// When the server closes it in that very moment the request fails, and nobody knows whether it has
    /// arrived. Most servers wait longer than this.
    package var rest = 2

    /// For requests of our own.
    static let few = ConnectionLimits(toOneHost: 32, kept: 8)
    /// For what many clients send through us.
    package static let many = ConnectionLimits(toOneHost: 256, kept: 64)
}

/// Owns the handle for all transfers.
///
/// All calls come from one thread, except ``wake()``, which libcurl allows from any.
@safe final class MultiHandle: @unchecked Sendable {
    private let handle: UnsafeMutableRawPointer

    /// Why libcurl cannot be used, or `nil`.
    static var objection: String? {
        unsafe ccurl_load().map { unsafe String(cString: $0) }
    }

    /// Loads libcurl where that has not happened yet.
    init?(_ connections: ConnectionLimits = .few) {
        guard Self.objection == nil, let handle = unsafe ccurl_multi_init() else { return nil }
        unsafe self.handle = unsafe handle
        unsafe ccurl_multi_setopt_long(
            handle, CURLMOPT_MAX_HOST_CONNECTIONS, connections.toOneHost)
        unsafe ccurl_multi_setopt_long(handle, CURLMOPT_MAXCONNECTS, connections.kept)
    }

    deinit { unsafe ccurl_multi_cleanup(handle) }

    /// Takes a transfer on.
    func add(_ easy: EasyHandle.Identity) -> Bool {
        unsafe ccurl_multi_add_handle(handle, easy.pointer) == CURLM_OK
    }

    /// Lets a transfer go; one that still runs is given up.
    func remove(_ easy: EasyHandle.Identity) {
        unsafe ccurl_multi_remove_handle(handle, easy.pointer)
    }

    /// Moves all transfers on and tells which are done.
    func perform(_ finish: (EasyHandle.Identity, CURLcode) -> Void) {
        unsafe ccurl_multi_perform(handle)
        var result = CURLE_OK
        while let easy = unsafe ccurl_multi_next_done(handle, &result) {
            unsafe finish(EasyHandle.Identity(pointer: easy), result)
        }
    }

    /// Waits until there is something to do; libcurl shortens the time by its own deadlines.
    func wait() {
        unsafe ccurl_multi_poll(handle, 60_000)
    }

    /// Ends the wait.
    func wake() {
        unsafe ccurl_multi_wakeup(handle)
    }
}
