package import SesameHTTP
import SesameSecrets
import SesameSystem

/// A transport that answers from a script and remembers what it was asked.
package final class ScriptedTransport: HTTPTransport {
    /// One expected request and its answer.
    package struct Step: Sendable {
        let expected: String?
        let answer: Result<HTTPResponse, TransportError>

        /// An answer to whatever comes.
        package static func answer(_ response: HTTPResponse) -> Step {
            Step(expected: nil, answer: .success(response))
        }

        /// An answer to this method and URL; any other request fails.
        package static func expect(
            _ method: String, _ url: String, _ response: HTTPResponse
        ) -> Step {
            Step(expected: "\(method) \(url)", answer: .success(response))
        }

        /// No answer.
        package static func fail(_ error: TransportError) -> Step {
            Step(expected: nil, answer: .failure(error))
        }
    }

    private let script: @Sendable (Int, HTTPRequest) async -> Result<HTTPResponse, TransportError>
    private let received = Locked<[HTTPRequest]>([])

    /// Plays these steps in order; a request beyond the last one fails.
    package init(_ steps: [Step]) {
        script = { index, request in
            guard index < steps.count else { return failure("the script has no answer left") }
            let step = steps[index]
            let shown = "\(request.method) \(request.url)"
            guard let expected = step.expected, expected != shown else { return step.answer }
            return failure("the script expects '\(expected)', not '\(shown)'")
        }
    }

    /// Answers by a function of the request and its number, from 0.
    package init(
        _ respond: @escaping @Sendable (Int, HTTPRequest) async -> HTTPResponse
    ) {
        script = { index, request in .success(await respond(index, request)) }
    }

    /// What was asked so far, in order.
    package var requests: [HTTPRequest] { received.withLock { $0 } }

    package func send(_ request: HTTPRequest) async throws(TransportError) -> HTTPResponse {
        let index = received.withLock { requests in
            requests.append(request)
            return requests.count - 1
        }
        return try await script(index, request).get()
    }
}

extension HTTPResponse {
    /// An answer with JSON.
    package static func json(_ text: String, status: Int = 200) -> HTTPResponse {
        .content(text, type: "application/json", status: status)
    }

    /// An answer with content of some type, or of none.
    package static func content(
        _ text: String, type: String?, status: Int = 200
    ) -> HTTPResponse {
        var fields = HTTPFields()
        if let type { fields.set("Content-Type", type) }
        return HTTPResponse(status: status, fields: fields, body: Secret(utf8: text))
    }
}

extension HTTPRequest {
    /// The parameters in the content; empty when it is no form.
    package var form: ReceivedForm? {
        body?.withBytes { bytes in try? ReceivedForm(bytes) }
    }

    /// A field's value, secret or not.
    package func revealed(_ name: String) -> String? {
        let field = fields.all.first { $0.name.lowercased() == name.lowercased() }
        switch field?.value {
        case .plain(let text): return text
        case .secret(let secret): return secret.dangerouslyRevealedText()
        case nil: return nil
        }
    }
}

private func failure(_ message: String) -> Result<HTTPResponse, TransportError> {
    .failure(TransportError(.badRequest, message, mayHaveBeenSent: false))
}
