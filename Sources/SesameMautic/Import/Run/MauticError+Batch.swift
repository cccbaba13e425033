import SesameHTTP

extension MauticError {
    /// Whether the request may have been done all the same, or may be under way still.
    var isLostAnswer: Bool {
        if case .transport(let error) = code {
            return error.mayHaveBeenSent && error.code != .cancelled
        }
        // A gateway may say 503, too, when it has waited for long enough.
        return status == 503 || status.map(SesameMautic.isLostAnswer) ?? false
    }

    /// Whether the server may have broken down over the content, or only just then: PHP that runs out of memory or time
    /// ends without words of Mautic's, whatever the status says.
    var isBreakdown: Bool {
        isLostAnswer || (status == 500 && !isMauticsOwn) || status.map { 200...299 ~= $0 } ?? false
    }

    /// Whether it speaks for fewer contacts in a request.
    var isOfSize: Bool {
        if case .transport(let error) = code { return error.code == .timeout }
        return [500, 504, 524].contains(status)
    }

    /// Whether another content may be taken where this was not.
    ///
    /// A crash (500, in Mautic's own words) is also what it answers to a batch with too many contacts, and 413 what a
    /// proxy does. A firewall refuses what looks dangerous to it, with whatever status.
    var isAboutContent: Bool {
        guard let status else { return false }
        return isMauticsOwn
            ? [400, 413, 422, 500].contains(status)
            : 400...499 ~= status && ![401, 404, 407, 408, 429].contains(status)
    }

    /// Whether an answer to a question was larger than may be, or broken.
    var isOfAnswerSize: Bool {
        if case .transport(let error) = code { error.code == .badResponse } else { false }
    }

    /// Whether the server will not answer this question, and may take contacts all the same.
    var isAboutAsking: Bool {
        switch code {
        case .notFound, .validation, .refused, .badResponse: true
        case .temporary: status == 500 && isMauticsOwn
        default: false
        }
    }
}
