import CCurl
import SesameHTTP
import SesameSecrets

extension EasyHandle {
    /// Sets all that depends on the request; nothing is left to libcurl's surroundings.
    mutating func configure(for order: Order, proxy: String?, _ connections: ConnectionLimits) {
        let request = order.request
        setDestination(request, proxy: proxy)
        setTLS(request)
        switch order.delivery {
        case .whole:
            setConnection(request)
            setMethod(request, contentLength: request.body?.count)
            setFields(request)
        case .stream(let stream):
            setStream(request, stream.content, connections)
            if let content = stream.content {
                setMethod(request, contentLength: content.length ?? Self.unknownLength)
            } else {
                setMethod(request, contentLength: nil)
            }
            setStreamFields(request, stream.content)
        }
        if request.addresses == .publicOnly { restrictAddresses() }
    }

    /// Behind a proxy it is the proxy's own address that is looked at: a private one is not used for this.
    private mutating func restrictAddresses() {
        connectToPublicOnly()
        // One that is open already was made without a look at its address.
        set(CURLOPT_FRESH_CONNECT, 1)
        set(CURLOPT_FORBID_REUSE, 1)
    }

    /// libcurl's word for a content that ends when it ends.
    private static let unknownLength = -1

    private mutating func setDestination(_ request: HTTPRequest, proxy: String?) {
        let url = request.url
        let target = url.origin + url.path + (url.query.map { "?" + $0 } ?? "")
        set(CURLOPT_URL, target)
        set(CURLOPT_PROTOCOLS_STR, url.scheme.rawValue)
        // What was checked is what goes out.
        set(CURLOPT_PATH_AS_IS, 1)
        set(CURLOPT_DISALLOW_USERNAME_IN_URL, 1)
        set(CURLOPT_FOLLOWLOCATION, 0)
        // An empty text, unlike none, keeps the proxy variables of the environment out.
        set(CURLOPT_PROXY, url.isLoopback ? "" : proxy ?? "")
        set(CURLOPT_NOPROXY, "")
        set(CURLOPT_SUPPRESS_CONNECT_HEADERS, 1)
        set(CURLOPT_NETRC, Int(CURL_NETRC_IGNORED.rawValue))
    }

    private mutating func setConnection(_ request: HTTPRequest) {
        setProtocol()
        let milliseconds = Int(max(1, min(request.timeout, 3600))) * 1000
        set(CURLOPT_TIMEOUT_MS, milliseconds)
        set(CURLOPT_CONNECTTIMEOUT_MS, min(milliseconds, 15_000))
        // When a reused connection dies, libcurl sends the request again without telling: fine for a
        // request that only reads, never for others.
        let mayRepeat = request.method == "GET" || request.method == "HEAD"
        if request.connection == .fresh || !mayRepeat || request.body != nil {
            set(CURLOPT_FRESH_CONNECT, 1)
            set(CURLOPT_FORBID_REUSE, 1)
        }
    }

    private mutating func setProtocol() {
        // Signals would hit the whole process.
        set(CURLOPT_NOSIGNAL, 1)
        // HTTP/2 has rules of its own for sending a request again.
        set(CURLOPT_HTTP_VERSION, Int(CURL_HTTP_VERSION_1_1))
    }

    /// A stream takes as long as it takes, but never stands still for long.
    private mutating func setStream(
        _ request: HTTPRequest, _ content: StreamedContent?, _ connections: ConnectionLimits
    ) {
        setProtocol()
        set(CURLOPT_CONNECTTIMEOUT_MS, 15_000)
        set(CURLOPT_LOW_SPEED_LIMIT, 1)
        set(CURLOPT_LOW_SPEED_TIME, Int(max(1, min(request.timeout, 86_400))))
        set(CURLOPT_BUFFERSIZE, 49_152)
        let mayRepeat =
            content == nil && ["GET", "HEAD", "OPTIONS"].contains(request.method)
        guard !mayRepeat else { return }
        sendOnce()
        set(CURLOPT_MAXAGE_CONN, connections.rest)
    }

    private mutating func setTLS(_ request: HTTPRequest) {
        set(CURLOPT_SSLVERSION, Int(CURL_SSLVERSION_TLSv1_2))
        set(CURLOPT_SSL_VERIFYPEER, 1)
        set(CURLOPT_SSL_VERIFYHOST, 2)
        // A resumed session would skip the look at the certificate, which may have expired since.
        set(CURLOPT_SSL_SESSIONID_CACHE, 0)
        if let file = request.certificateAuthorityFile {
            set(CURLOPT_CAINFO, file)
            // Else the system's folder would still count.
            set(CURLOPT_CAPATH, nil as String?)
        }
        // As contents, not as names of files: by them libcurl tells whose connection it has kept.
        if let certificate = request.clientCertificate {
            set(CURLOPT_SSLCERT_BLOB, contents: certificate.chain)
            set(CURLOPT_SSLKEY_BLOB, contents: certificate.key)
        }
    }

    private mutating func setMethod(_ request: HTTPRequest, contentLength: Int?) {
        if request.method == "HEAD" { return set(CURLOPT_NOBODY, 1) }
        // These announce their content even where there is none.
        let hasContent = contentLength != nil || ["POST", "PUT", "PATCH"].contains(request.method)
        set(hasContent ? CURLOPT_POST : CURLOPT_HTTPGET, 1)
        set(CURLOPT_CUSTOMREQUEST, request.method)
        // Without POSTFIELDS, libcurl asks for the content and makes no copy of the whole.
        if hasContent { set(CURLOPT_POSTFIELDSIZE_LARGE, offset: contentLength ?? 0) }
    }

    private mutating func setFields(_ request: HTTPRequest) {
        for field in request.fields.all { append(field) }
        if !request.fields.contains("Accept-Encoding") { append("Accept-Encoding: identity") }
        // Otherwise libcurl would wait for "100 Continue", and call every content a form.
        append("Expect:")
        if !request.fields.contains("Content-Type") { append("Content-Type:") }
    }

    /// The fields as they are: nothing is added that was not asked for.
    private mutating func setStreamFields(_ request: HTTPRequest, _ content: StreamedContent?) {
        for field in request.fields.all { append(field) }
        append(content?.expectsContinue == true ? "Expect: 100-continue" : "Expect:")
        if content != nil, content?.length == nil { append("Transfer-Encoding: chunked") }
        for name in ["Accept", "Content-Type"] where !request.fields.contains(name) {
            append("\(name):")
        }
    }

    private mutating func append(_ field: HTTPFields.Field) {
        var line: SecretBuffer
        if case .secret = field.value {
            line = SecretBuffer(capacity: 128)
        } else {
            line = SecretBuffer(heapCapacity: 128)
        }
        line.append(field.name)
        let mark = line.count
        line.append(": ")
        switch field.value {
        case .plain(let text): line.append(text)
        case .secret(let secret): line.append(secret)
        }
        // "Name:" would mean to leave the field out; "Name;" is how libcurl spells an empty one.
        if line.count == mark + 2 { return append(field.name + ";") }
        append(line: line)
    }

    private mutating func append(_ text: String) {
        var line = SecretBuffer(heapCapacity: text.utf8.count + 1)
        line.append(text)
        append(line: line)
    }
}
