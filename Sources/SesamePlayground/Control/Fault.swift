package import SesameJSON

/// Something that goes wrong, as data: where, how often, and what happens.
///
/// The parts combine: a request can be held, then carried out, then lose its answer.
package struct Fault: Sendable {
    /// The endpoints that a fault can sit at.
    package enum Endpoint: String, Sendable, CaseIterable {
        case token, authorize, par, device, discovery, revoke, register, api
        /// All of them.
        case any
    }

    /// An answer in the place of the real one.
    package struct Answer: Sendable {
        package var status: Int
        package var contentType: String
        package var fields: [(name: String, value: String)] = []
        package var body: String

        package init(status: Int, contentType: String, body: String) {
            self.status = status
            self.contentType = contentType
            self.body = body
        }
    }

    /// The issuer's name; `nil` means every issuer.
    package var issuer: String?
    package var endpoint = Endpoint.token
    /// How many requests go through before it begins.
    package var skip = 0
    /// How many requests it strikes.
    package var count = 1
    /// Which of those behind that it strikes: every one, or every second, or third.
    package var every = 1
    /// Waits before the request is carried out, in milliseconds.
    package var delay: Int64 = 0
    /// Waits, before the request is carried out, until it is released.
    package var holdsRequest = false
    /// Whether the request is carried out: a rotation is committed then.
    package var isCarriedOut = true
    /// Waits before the answer goes out, in milliseconds.
    package var answerDelay: Int64 = 0
    /// Waits, before the answer goes out, until it is released.
    package var holdsAnswer = false
    /// Answers this instead.
    package var answer: Answer?
    /// Takes these members out of an answer in JSON.
    package var removed: Set<String> = []
    /// Puts these into an answer in JSON, in the place of its own.
    package var members: [(name: String, value: JSONValue)] = []
    /// Closes the connection without an answer.
    package var losesAnswer = false

    package init() {}
}

extension Fault {
    /// Answers with an HTML page, as a proxy or a captive portal does, with status 200.
    package static let htmlPage = answering(
        200, "text/html; charset=utf-8",
        "<!doctype html><title>Welcome</title><p>Please log in to the network.")
    /// A plain 500.
    package static let serverError = answering(500, "text/plain", "Internal Server Error")
    /// A proxy without a server behind it.
    package static let unavailable = answering(503, "text/html", "<h1>503 Service Unavailable</h1>")
    /// What Mautic answers while its database is down.
    package static let siteOffline = answering(
        500, "text/html", "<!DOCTYPE html><html><head><title>Site is offline</title></head></html>")
    /// A 403 by something in front of the server that knows no OAuth.
    package static let forbidden = answering(403, "text/html", "<h1>403 Forbidden</h1>")
    /// Carries the request out and closes the connection without answering.
    package static let lostAnswer = changed { $0.losesAnswer = true }
    /// Closes the connection and does nothing else.
    package static let dropped = changed {
        $0.losesAnswer = true
        $0.isCarriedOut = false
    }
    /// Keeps the request waiting until it is released, then carries it out.
    package static let held = changed { $0.holdsRequest = true }
    /// Carries the request out and keeps its answer back until it is released.
    package static let heldAnswer = changed { $0.holdsAnswer = true }

    /// A refusal as RFC 6749, section 5.2 has it, such as a device gets that asks for its tokens.
    package static func refusing(_ code: String) -> Fault {
        answering(400, "application/json", #"{"error":"\#(code)"}"#)
    }

    /// Says that a token is a bearer token, whatever it is.
    package static let bearer = changed { $0.members = [("token_type", "Bearer")] }

    /// Demands another nonce in the proof of a key (RFC 9449, sections 8 and 9), with as many as are given; the
    /// scheme is in odd letters, which count the same.
    package static func demanding(nonces: [String]) -> Fault {
        var fault = answering(401, "application/json", #"{"error":"use_dpop_nonce"}"#)
        fault.answer?.fields =
            [("WWW-Authenticate", #"dPOP error="use_dpop_nonce""#)]
            + nonces.map { ("DPoP-Nonce", $0) }
        return fault
    }

    /// Too many requests, in Mautic's words; `reset` is in seconds since the epoch.
    package static func rateLimited(reset: Int64) -> Fault {
        var fault = answering(
            429, "text/html; charset=UTF-8",
            #"{ "errors": [ { "code": 429, "message": "You exceeded the rate limit of 1 API calls per hour."#
                + #"", "details": [] } ]}"#)
        fault.answer?.fields = [
            ("X-RateLimit-Limit", "1"), ("X-RateLimit-Remaining", "0"),
            ("X-RateLimit-Reset", String(reset)),
        ]
        return fault
    }

    /// This answer, and the request is not carried out.
    package static func answering(_ status: Int, _ contentType: String, _ body: String) -> Fault {
        changed {
            $0.answer = Answer(status: status, contentType: contentType, body: body)
            $0.isCarriedOut = false
        }
    }

    /// This fault at one endpoint of one issuer.
    package func at(_ endpoint: Endpoint, of issuer: String?, count: Int = 1) -> Fault {
        var copy = self
        copy.endpoint = endpoint
        copy.issuer = issuer
        copy.count = count
        return copy
    }

    private static func changed(_ change: (inout Fault) -> Void) -> Fault {
        var fault = Fault()
        change(&fault)
        return fault
    }
}
