import SesameSystem
import TestSupport

/// One connection of a mail server that lets in who presents a good token of the right user.
enum MailServer {
    static let user = "ada@example.org"

    /// SMTP with XOAUTH2 and OAUTHBEARER; keeps each initial response.
    static func submit(
        _ connection: borrowing ScriptedServer.Connection, _ presented: Locked<[String]>,
        _ isGood: (String) -> Bool
    ) {
        connection.write("220 localhost ESMTP\r\n")
        while let line = connection.line() {
            let words = line.split(separator: " ")
            switch words.first?.uppercased() {
            case "EHLO": connection.write("250-localhost\r\n250 AUTH XOAUTH2 OAUTHBEARER\r\n")
            case "AUTH":
                var response = words.count > 2 ? String(words[2]) : ""
                if words.count == 2 {
                    connection.write("334 \r\n")
                    response = connection.line() ?? ""
                }
                presented.withLock { $0.append("\(words[1].uppercased()) \(response)") }
                connection.write(
                    isRight(response, isGood)
                        ? "235 2.7.0 accepted\r\n" : "535 5.7.8 not accepted\r\n")
            case "DATA":
                connection.write("354 go on\r\n")
                while let text = connection.line(), text != "." {}
                connection.write("250 2.0.0 taken\r\n")
            case "QUIT": return connection.write("221 2.0.0 bye\r\n")
            default: connection.write("250 2.0.0 ok\r\n")
            }
        }
    }

    /// IMAP with XOAUTH2 and one empty mailbox, as far as listing them goes.
    static func list(
        _ connection: borrowing ScriptedServer.Connection, _ presented: Locked<[String]>,
        _ isGood: (String) -> Bool
    ) {
        connection.write("* OK [CAPABILITY IMAP4rev1 SASL-IR AUTH=XOAUTH2] ready\r\n")
        while let line = connection.line() {
            let words = line.split(separator: " ")
            guard words.count > 1 else { return }
            let (tag, command) = (words[0], words[1].uppercased())
            switch command {
            case "AUTHENTICATE":
                let response = words.count > 3 ? String(words[3]) : ""
                presented.withLock { $0.append("\(words[2].uppercased()) \(response)") }
                guard isRight(response, isGood) else {
                    connection.write("\(tag) NO not accepted\r\n")
                    continue
                }
                connection.write("\(tag) OK accepted\r\n")
            case "LIST": connection.write("* LIST () \"/\" INBOX\r\n\(tag) OK done\r\n")
            case "CAPABILITY": connection.write("* CAPABILITY IMAP4rev1\r\n\(tag) OK done\r\n")
            case "LOGOUT": return connection.write("* BYE\r\n\(tag) OK done\r\n")
            default: connection.write("\(tag) OK done\r\n")
            }
        }
    }

    /// Reads both forms without help from Sesame: parts divided by 0x01.
    private static func isRight(_ response: String, _ isGood: (String) -> Bool) -> Bool {
        let parts = (decodedBase64(response) ?? "").split(separator: "\u{1}")
        guard ["user=\(user)", "n,a=\(user),"].contains(parts.first),
            let token = parts.last, token.hasPrefix("auth=Bearer ")
        else { return false }
        return isGood(String(token.dropFirst("auth=Bearer ".count)))
    }
}
