import Glibc
import SesameSystem
import TestSupport
import Testing

@Suite(.enabled(if: CertificateAuthority.isAvailable, "openssl or socat is not installed"))
struct `Mail programs with Sesame` {
    /// What Sesame itself would have said.
    private func response(
        _ place: Destination, _ mechanism: String, _ options: String = ""
    ) async throws -> String {
        let printed = try await place.shell(
            "sesame credential sasl work --mechanism \(mechanism) --user \(MailServer.user) \(options)"
        )
        try #require(printed.status == 0, "\(printed.errors)")
        return "\(mechanism) \(printed.output.dropLast())"
    }

    @Test(
        .enabled(if: ForeignProgram.isExpected("msmtp"), "msmtp is not installed"),
        arguments: ["XOAUTH2", "OAUTHBEARER"])
    func `send by msmtp`(mechanism: String) async throws {
        let place = try await Destination { MailServer.submit($0, $1, $2) }
        let sent = try await place.shell(
            """
            cat <<END >msmtprc
            account default
            host localhost
            port \(place.front.port)
            from \(MailServer.user)
            auth \(mechanism.lowercased())
            user \(MailServer.user)
            passwordeval "sesame token work"
            tls on
            tls_starttls off
            tls_trust_file $CA
            END
            chmod 600 msmtprc && printf 'Subject: hello\\n\\ntext\\n' | msmtp -C msmtprc grace@example.org
            """)
        #expect(sent.status == 0, "\(sent.errors)")
        let options = mechanism == "XOAUTH2" ? "" : "--host localhost --port \(place.front.port)"
        let expected = try await response(place, mechanism, options)
        #expect(place.presented.withLock { $0 } == [expected])
    }

    /// Cyrus SASL has no OAUTHBEARER in Debian; XOAUTH2 comes from libsasl2-modules-kdexoauth2.
    @Test(
        .enabled(
            if: ForeignProgram.isExpected("mbsync") && hasPlugin(),
            "isync or libsasl2-modules-kdexoauth2 is not installed"))
    func `fetch by mbsync`() async throws {
        let place = try await Destination { MailServer.list($0, $1, $2) }
        let listed = try await place.shell(
            """
            mkdir mail && cat <<END >mbsyncrc
            IMAPAccount work
            Host localhost
            Port \(place.front.port)
            User \(MailServer.user)
            PassCmd "sesame token work"
            AuthMechs XOAUTH2
            SSLType IMAPS
            CertificateFile $CA

            IMAPStore far
            Account work

            MaildirStore near
            Path $SESAME_HOME/mail/
            Inbox $SESAME_HOME/mail/inbox

            Channel work
            Far :far:
            Near :near:
            Patterns *
            END
            mbsync -c mbsyncrc -l work
            """)
        #expect(listed.status == 0 && listed.output == "INBOX\n", "\(listed.errors)")
        let expected = try await response(place, "XOAUTH2")
        #expect(place.presented.withLock { $0 } == [expected])
    }

    @Test(
        .enabled(if: ForeignProgram.isExpected("mutt"), "mutt is not installed"),
        arguments: ["XOAUTH2", "OAUTHBEARER"])
    func `send by mutt`(mechanism: String) async throws {
        let place = try await Destination { MailServer.submit($0, $1, $2) }
        let sent = try await place.shell(
            """
            cat <<END >muttrc
            set smtp_url = "smtps://\(MailServer.user)@localhost:\(place.front.port)/"
            set smtp_authenticators = "\(mechanism.lowercased())"
            set smtp_oauth_refresh_command = "sesame token work"
            set ssl_ca_certificates_file = "$CA"
            set certificate_file = "$CA"
            set ssl_starttls = no
            set copy = no
            set from = "\(MailServer.user)"
            END
            echo text | mutt -n -F muttrc -s hello grace@example.org
            """)
        #expect(sent.status == 0, "\(sent.output)\(sent.errors)")
        let options = mechanism == "XOAUTH2" ? "" : "--host localhost --port \(place.front.port)"
        let expected = try await response(place, mechanism, options)
        #expect(place.presented.withLock { $0 } == [expected])
    }
}

/// Whether Cyrus SASL can speak XOAUTH2.
private func hasPlugin() -> Bool {
    ["x86_64", "aarch64"].contains {
        unsafe access("/usr/lib/\($0)-linux-gnu/sasl2/libkdexoauth2.so", R_OK) == 0
    }
}
