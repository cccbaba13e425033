import SesameBrokerAPI
import SesameSecrets
import SesameSystem

/// What a person must know of the programs that logins come from.
extension ImportMessage.Peer {
    /// Whether it keeps its logins where they can be found.
    var hasUsualPlace: Bool { self == .oidcAgent || self == .gcloud }

    /// Whether a file of it is one account.
    var keepsOneInAFile: Bool { self != .pizauth && self != .emailProxy }

    /// How its file is named, where it must be.
    var fileHint: String {
        switch self {
        case .muttOAuth2: "gpg --decrypt FILE | sesame import mutt_oauth2 -"
        case .pizauth: "pizauth dump | sesame import pizauth -"
        case .emailProxy: "sesame import email-oauth2-proxy ./emailproxy.config"
        case .oidcAgent, .gcloud: "sesame import \(rawValue) FILE"
        }
    }

    /// What there is in its usual place.
    func usualPlace(_ context: Context) throws(Failure) -> [ImportCandidate] {
        switch self {
        case .oidcAgent: OIDCAgentFolder(context)?.candidates ?? []
        case .gcloud: try GCloudFolder(context)?.candidates() ?? []
        case .muttOAuth2, .emailProxy, .pizauth: []
        }
    }

    /// Where that is.
    func placeInWords(_ context: Context) -> String? {
        switch self {
        case .oidcAgent: OIDCAgentFolder(context)?.path.sanitised()
        case .gcloud: GCloudFolder(context)?.path.sanitised()
        case .muttOAuth2, .emailProxy, .pizauth: nil
        }
    }

    /// How the other program stops using the login, without ending it at the server.
    func ending(_ candidate: ImportCandidate) -> String {
        let account = candidate.account.isEmpty ? "ACCOUNT" : candidate.account.sanitised(limit: 80)
        return switch self {
        case .oidcAgent:
            "oidc-add --remove \(account), and delete the file; not oidc-gen --delete, which may revoke"
                + " the login at the server"
        case .gcloud:
            "delete the file; not gcloud auth revoke, nor gcloud auth application-default revoke, which"
                + " end the login at Google"
        case .muttOAuth2: "let mutt call sesame token, and delete the file"
        case .emailProxy:
            "stop the proxy, and take refresh_token and access_token out of the section"
        case .pizauth:
            "pizauth revoke \(account), which forgets it there only, and delete old dumps"
        }
    }
}

/// Where gcloud keeps its logins.
struct GCloudFolder {
    let path: String
    private let context: Context

    init?(_ context: Context) {
        let environment = context.environment
        guard
            let path = environment.given("CLOUDSDK_CONFIG")
                ?? environment.given("HOME").map({ "\($0)/.config/gcloud" })
        else { return nil }
        self.path = path
        self.context = context
    }

    /// The login of applications, and then a copy of each person's.
    func candidates() throws(Failure) -> [ImportCandidate] {
        var files = [(account: "application-default", file: "application_default_credentials.json")]
        for name in PrivateFile.names(in: "\(path)/legacy_credentials").sorted()
        where name != "." && name != ".." {
            files.append((name, "legacy_credentials/\(name)/adc.json"))
        }
        var found: [ImportCandidate] = []
        for (account, file) in files where isReadableFile("\(path)/\(file)") {
            found.append(try candidate(account, "\(path)/\(file)"))
        }
        return found
    }

    /// The broker says what can be taken over; a file that is none of gcloud's is shown as such.
    private func candidate(_ account: String, _ file: String) throws(Failure) -> ImportCandidate {
        let content = try readFile(file, limit: ImportCandidate.mostBytes)
        var candidate = ImportCandidate(account: account, place: file) { _ in content }
        var message = ImportMessage(peer: .gcloud, content: content)
        message.account = account
        do throws(Failure) {
            let listed = try context.ask { broker throws(Problem) in
                try broker.importableAccounts(message)
            }
            candidate.obstacle = listed.accounts.first?.obstacle
        } catch {
            guard error.code == Problem.Code.usage.rawValue else { throw error }
            candidate.obstacle = error.message
        }
        return candidate
    }
}
