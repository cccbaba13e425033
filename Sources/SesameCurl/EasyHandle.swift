import CCurl
import SesameSecrets

/// Owns a `CURL`, the list of its header fields and the room for its error text.
@safe struct EasyHandle: ~Copyable {
    /// Which transfer it is, for libcurl's answers.
    @safe struct Identity: Hashable {
        let pointer: UnsafeMutableRawPointer

        func hash(into hasher: inout Hasher) { unsafe hasher.combine(UInt(bitPattern: pointer)) }

        static func == (first: Identity, second: Identity) -> Bool {
            unsafe UInt(bitPattern: first.pointer) == UInt(bitPattern: second.pointer)
        }
    }

    /// The handle without its ownership.
    let identity: Identity
    /// Whether libcurl took every option so far.
    private(set) var isAccepted = true
    private var fields: UnsafeMutablePointer<curl_slist>?
    private let errorText: UnsafeMutablePointer<CChar>
    /// How often the request was sent, where that is counted.
    private let sendings: UnsafeMutablePointer<Int32>
    /// How many addresses were refused, where they are looked at.
    private let refusals: UnsafeMutablePointer<Int32>

    init?() {
        guard let handle = unsafe ccurl_easy_init() else { return nil }
        identity = unsafe Identity(pointer: handle)
        unsafe sendings = .allocate(capacity: 1)
        unsafe sendings.initialize(to: 0)
        unsafe refusals = .allocate(capacity: 1)
        unsafe refusals.initialize(to: 0)
        unsafe errorText = .allocate(capacity: Int(CURL_ERROR_SIZE))
        unsafe errorText.initialize(repeating: 0, count: Int(CURL_ERROR_SIZE))
        unsafe set(CURLOPT_ERRORBUFFER, pointer: errorText)
    }

    deinit {
        unsafe ccurl_easy_cleanup(identity.pointer)
        unsafe ccurl_slist_free_all(fields)
        unsafe errorText.deallocate()
        unsafe sendings.deallocate()
        unsafe refusals.deallocate()
    }

    mutating func set(_ option: CURLoption, _ value: Int) {
        check(unsafe ccurl_easy_setopt_long(identity.pointer, option, value))
    }

    mutating func set(_ option: CURLoption, offset value: Int) {
        check(unsafe ccurl_easy_setopt_offset(identity.pointer, option, curl_off_t(value)))
    }

    mutating func set(_ option: CURLoption, _ value: String?) {
        check(unsafe ccurl_easy_setopt_text(identity.pointer, option, value))
    }

    mutating func set(_ option: CURLoption, pointer value: UnsafeMutableRawPointer?) {
        check(unsafe ccurl_easy_setopt_pointer(identity.pointer, option, value))
    }

    mutating func set(_ option: CURLoption, contents value: Secret) {
        let result = value.withBytes { bytes in
            unsafe bytes.withUnsafeBytes { raw -> CURLcode in
                guard let start = raw.baseAddress else { return CURLE_BAD_FUNCTION_ARGUMENT }
                return unsafe ccurl_easy_setopt_blob(
                    identity.pointer, option, start, raw.count)
            }
        }
        check(result)
    }

    mutating func set(_ option: CURLoption, callback value: @escaping ccurl_callback) {
        check(unsafe ccurl_easy_setopt_callback(identity.pointer, option, value))
    }

    /// Has the transfer fail where libcurl would send the request a second time.
    mutating func sendOnce() {
        check(unsafe ccurl_easy_send_once(identity.pointer, sendings))
    }

    /// Whether a second sending was prevented: the first one may have arrived.
    var wasStoppedFromRepeating: Bool { unsafe sendings.pointee > 1 }

    /// Has the transfer connect to addresses of the public internet only.
    mutating func connectToPublicOnly() {
        check(unsafe ccurl_easy_public_only(identity.pointer, refusals))
    }

    /// Whether an address was not connected to for that reason.
    var hasRefusedAddress: Bool { unsafe refusals.pointee > 0 }

    /// Lets a transfer go on, but for what stands still.
    borrowing func resume(standing: Int32) {
        unsafe ccurl_easy_pause(identity.pointer, standing)
    }

    /// Adds a line to the header: `Name: value`, or `Name:` for a field that libcurl is not to add.
    mutating func append(line: consuming SecretBuffer) {
        line.append(0)
        let list = unsafe line.withBytes { bytes in
            unsafe bytes.withUnsafeBytes { raw in
                unsafe raw.baseAddress.flatMap {
                    unsafe ccurl_slist_append(fields, $0.assumingMemoryBound(to: CChar.self))
                }
            }
        }
        guard let list = unsafe list else { return isAccepted = false }
        unsafe fields = list
        unsafe set(CURLOPT_HTTPHEADER, pointer: UnsafeMutableRawPointer(list))
    }

    borrowing func number(_ info: CURLINFO) -> Int {
        unsafe ccurl_easy_getinfo_long(identity.pointer, info)
    }

    borrowing func offset(_ info: CURLINFO) -> Int {
        Int(unsafe ccurl_easy_getinfo_offset(identity.pointer, info))
    }

    /// What libcurl says about its failure; it may quote the server.
    borrowing func explanation() -> String {
        unsafe String(cString: errorText).sanitised()
    }

    private mutating func check(_ result: CURLcode) {
        if result != CURLE_OK { isAccepted = false }
    }
}

/// Whether an address in text, IPv4 or IPv6, is of the public internet.
func isPublicAddress(_ text: String) -> Bool { unsafe ccurl_is_public(text) != 0 }
