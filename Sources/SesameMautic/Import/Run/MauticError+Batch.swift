import SesameHTTP

extension MauticError {
    /// Whether the request may have been done all the same, or may be under way still.
    var isLostAnswer: Bool {
        if case .transport(let error) = code {
            return error.mayHaveBeenSent && error.code != .cancelled
        }
        return status.map(SesameMautic.isLostAnswer) ?? false
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
    /// proxy does.
    var isAboutContent: Bool {
        status == 413 || (isMauticsOwn && [400, 422, 500].contains(status))
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
