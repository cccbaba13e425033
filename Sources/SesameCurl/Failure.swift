import CCurl
import SesameHTTP
import SesameSecrets

extension EasyHandle {
    /// Puts a failure of libcurl into words for a person.
    borrowing func error(
        _ result: CURLcode, _ request: HTTPRequest, mayHaveBeenSent: Bool
    ) -> TransportError {
        let (code, words) = diagnosis(result, request, mayHaveBeenSent: mayHaveBeenSent)
        return TransportError(code, words, mayHaveBeenSent: mayHaveBeenSent)
    }

    private borrowing func diagnosis(
        _ result: CURLcode, _ request: HTTPRequest, mayHaveBeenSent: Bool
    ) -> (TransportError.Code, String) {
        let server = request.url.authority
        if let words = clientCertificateProblem(result, request) {
            return (.clientCertificate, words)
        }
        switch result {
        case CURLE_COULDNT_RESOLVE_HOST:
            return (.unknownHost, "the name \(request.url.host) has no address")
        case CURLE_COULDNT_RESOLVE_PROXY:
            return (.unknownHost, "the name of the proxy has no address")
        case CURLE_COULDNT_CONNECT where hasRefusedAddress:
            return (.addressRefused, "\(server) is no address of the public internet")
        case CURLE_COULDNT_CONNECT: return (.cannotConnect, "\(server) does not accept connections")
        case CURLE_OPERATION_TIMEDOUT: return (.timeout, lateness(request))
        case CURLE_PEER_FAILED_VERIFICATION: return (.tls, certificateProblem(request))
        case CURLE_SSL_CACERT_BADFILE:
            let file = request.certificateAuthorityFile ?? "of the system"
            return (.tls, "the certificate authority file \(file.sanitised()) cannot be used")
        case CURLE_SSL_CONNECT_ERROR, CURLE_SSL_CIPHER, CURLE_SSL_CRL_BADFILE,
            CURLE_SSL_ISSUER_ERROR, CURLE_SSL_SHUTDOWN_FAILED, CURLE_SSL_INVALIDCERTSTATUS,
            CURLE_SSL_PINNEDPUBKEYNOTMATCH, CURLE_USE_SSL_FAILED:
            return (.tls, "no TLS with \(server): \(explanation())")
        case CURLE_GOT_NOTHING, CURLE_SEND_ERROR, CURLE_RECV_ERROR, CURLE_PARTIAL_FILE,
            CURLE_SEND_FAIL_REWIND:
            return (.connectionLost, "\(server) closed the connection \(moment(mayHaveBeenSent))")
        // It would have been sent a second time.
        case CURLE_ABORTED_BY_CALLBACK where wasStoppedFromRepeating:
            return (.connectionLost, "\(server) closed the connection \(moment(true))")
        case CURLE_WEIRD_SERVER_REPLY, CURLE_WRITE_ERROR, CURLE_BAD_CONTENT_ENCODING:
            return (.badResponse, "\(server) sent a malformed answer")
        // HTTP/0.9, and a header line that libcurl has no room for; newer versions number it 100.
        case CURLE_UNSUPPORTED_PROTOCOL where mayHaveBeenSent,
            CURLE_OUT_OF_MEMORY where mayHaveBeenSent, CURLcode(100) where mayHaveBeenSent:
            return (.badResponse, "\(server) sent a malformed answer")
        case CURLE_URL_MALFORMAT, CURLE_UNSUPPORTED_PROTOCOL:
            return (.badRequest, "libcurl does not accept the URL")
        default: return (.other, "the exchange with \(server) failed: \(explanation())")
        }
    }

    private borrowing func moment(_ mayHaveBeenSent: Bool) -> String {
        if !mayHaveBeenSent {
            // Since TLS 1.3 a server looks at the client's certificate when the client thinks it is done.
            return offset(CURLINFO_APPCONNECT_TIME_T) > 0
                ? "right after the TLS handshake: it may want another client certificate, or one"
                : "before the request was sent"
        }
        return number(CURLINFO_RESPONSE_CODE) == 0
            ? "without an answer" : "in the middle of its answer"
    }

    /// Says what the server has against the client's certificate, where it has said so.
    private borrowing func clientCertificateProblem(
        _ result: CURLcode, _ request: HTTPRequest
    ) -> String? {
        let server = request.url.authority
        if result == CURLE_SSL_CERTPROBLEM {
            return "the client's certificate and its key cannot be used: \(explanation())"
        }
        // Alerts have a code of libcurl's only during the handshake, and OpenSSL's words always
        // (RFC 8446, section 6.2).
        guard
            [CURLE_SSL_CLIENTCERT, CURLE_SSL_CONNECT_ERROR, CURLE_RECV_ERROR, CURLE_SEND_ERROR]
                .contains(result)
        else { return nil }
        let words = explanation()
        if words.contains("alert certificate required") || result == CURLE_SSL_CLIENTCERT
            || request.clientCertificate == nil && words.contains("alert bad certificate")
        {
            return request.clientCertificate == nil
                ? "\(server) wants a certificate of the client's, and there is none to show"
                : "\(server) has found the client's certificate to be none of its own"
        }
        guard request.clientCertificate != nil,
            let reason = Self.refusals.first(where: { words.contains("alert \($0)") })
        else { return nil }
        return "\(server) does not accept the client's certificate: \(reason)"
    }

    /// OpenSSL's words for the alerts that are about the certificate of the peer.
    private static let refusals = [
        "bad certificate", "unsupported certificate", "certificate revoked", "certificate expired",
        "certificate unknown", "unknown ca", "access denied",
    ]

    private borrowing func lateness(_ request: HTTPRequest) -> String {
        let server = request.url.authority
        if offset(CURLINFO_PRETRANSFER_TIME_T) > 0 {
            return "\(server) did not answer within \(request.timeout) seconds"
        }
        let stage = request.url.scheme == .https ? ", TLS handshake included," : ""
        return "no connection to \(server) was made\(stage) in time"
    }

    /// Says what is wrong with a certificate by OpenSSL's number for it (`X509_V_ERR_…`).
    private borrowing func certificateProblem(_ request: HTTPRequest) -> String {
        let certificate = "the certificate of \(request.url.authority)"
        switch number(CURLINFO_SSL_VERIFYRESULT) {
        // libcurl compares the name itself: OpenSSL has no complaint (0), or libcurl has not asked (1).
        case 0, 1, 62: return "\(certificate) is not for that name"
        case 9: return "\(certificate) is not valid yet; is this machine's clock right?"
        case 10: return "\(certificate) has expired"
        case 18: return "\(certificate) is self-signed and not trusted here"
        case 2, 19, 20, 21:
            return "\(certificate) comes from an authority that is not trusted here"
        default: return "\(certificate) was not accepted: \(explanation())"
        }
    }
}
