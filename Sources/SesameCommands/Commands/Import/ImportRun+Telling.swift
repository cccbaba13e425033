import SesameBrokerAPI
import SesameJSON
import SesameSecrets
import SesameSystem

extension ImportRun {
    /// Lists what there is.
    func show(_ found: [ImportCandidate]) throws(Failure) -> ExitCode {
        if context.output.isJSON {
            for candidate in found {
                try context.output.object(
                    .object([
                        ("peer", .string(peer.rawValue)), ("account", .string(candidate.account)),
                        ("profile", .optional(candidate.profile)),
                        ("from", .string(candidate.place)), ("sealed", .optional(candidate.seal)),
                        ("obstacle", .optional(candidate.obstacle)),
                    ]))
            }
            return .done
        }
        guard !found.isEmpty else {
            context.output.note(
                "nothing of \(peer.rawValue) was found"
                    + (peer.placeInWords(context).map { " in \($0)" } ?? ""))
            return .done
        }
        var table = Table(["ACCOUNT", "PROFILE", "SEALED BY", "FROM", "NOTE"])
        for candidate in found {
            table.append([
                candidate.account.sanitised(limit: 80), candidate.profile ?? "--as …",
                candidate.seal ?? "-", candidate.place.sanitised(),
                (candidate.obstacle ?? "").asMessage,
            ])
        }
        try context.output.table(table)
        context.output.hint(
            "take one over: sesame import \(peer.rawValue) … ACCOUNT, or all of them: --all")
        return .done
    }

    /// Says what was taken over, and what must not happen from now on.
    func tell(_ report: ImportedMessage, of candidate: ImportCandidate) throws(Failure) {
        let name = report.profile.sanitised(limit: 64)
        if context.output.isJSON {
            try context.output.object(
                .object([
                    ("peer", .string(peer.rawValue)), ("account", .string(report.account)),
                    ("profile", .string(report.profile)), ("from", .string(candidate.place)),
                    ("checked", .bool(report.checked)),
                    ("rotated", report.rotated.map(JSONValue.bool) ?? .null),
                    ("scope", .optional(report.scope)),
                    ("expires_at", .optional(report.expiresAt?.description)),
                    ("warnings", .array(report.warnings.map(JSONValue.string))),
                ]))
        } else {
            try context.output.line(
                "profile \(name): imported from \(peer.rawValue), account "
                    + report.account.sanitised(limit: 80))
        }
        for warning in report.warnings { context.output.warning(warning.asMessage) }
        for note in notes(report, of: candidate) { context.output.note(note) }
        context.output.hint("next: sesame exec \(name) -- COMMAND")
    }

    private func notes(_ report: ImportedMessage, of candidate: ImportCandidate) -> [String] {
        let other = peer.rawValue
        let state =
            switch (report.checked, report.rotated) {
            case (_, true):
                "the server gave a new refresh token: the one that \(other) has is spent"
            case (true, _): "it was renewed once, and the server kept the refresh token as it is"
            case (false, _):
                "the server was not asked: the first token shows whether the login works"
            }
        let place = candidate.place == "-" ? "where you read it from" : candidate.place
        return [
            state,
            "do not let both use it: a server that gives a new refresh token at each use ends the login"
                + " when an old one comes again",
            "\(other)'s own copy stays \(candidate.place == "-" ? place : "in \(place.sanitised())");"
                + " to end its use: \(peer.ending(candidate))",
        ]
    }
}
