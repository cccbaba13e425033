import SesameHTTP

/// A pause before something is asked again.
public struct MauticPause: Sendable, Hashable {
    /// What it is for.
    public enum Reason: Sendable, Hashable {
        /// The server takes no more requests for now (429).
        case rateLimit
        /// The server does not answer, or not properly.
        case unavailable
        /// An answer was lost, and the server may still be at work on the request.
        case lostAnswer
    }

    /// How long it is.
    public let duration: Duration
    /// What it is for.
    public let reason: Reason
}

extension MauticPause.Reason {
    init(_ outcome: Result<HTTPResponse, TransportError>) {
        self =
            switch outcome {
            case .success(let response):
                response.status == 429
                    ? .rateLimit : isLostAnswer(response.status) ? .lostAnswer : .unavailable
            case .failure(let error): error.mayHaveBeenSent ? .lostAnswer : .unavailable
            }
    }
}
