import SesameHTTP
import SesameOAuth
import SesameSecrets
import TestSupport
import Testing

@Suite struct `Authorization details` {
    /// RFC 9396, section 2.
    private let payment =
        #"[{"type":"payment_initiation","locations":["https://example.com/payments"],"#
        + #""instructedAmount":{"currency":"EUR","amount":"123.50"}}]"#

    @Test func `RA-1: are sent as they were written, without blanks`() throws {
        let spaced = payment.replacing(",", with: " ,\n ")
        #expect(try details(spaced).text == payment)
    }

    @Test(arguments: [
        "", "{}", "[]", "[7]", #"[{"a":1}]"#, #"[{"type":7}]"#, #"[{"type":""}]"#,
        #"[{"type":"a"},{}]"#,
        #"{"type":"a"}"#, #"[{"type":"a"}"#, #"[{"type":"a","type":"b"}]"#,
    ])
    func `RA-1: are refused when one has no type`(_ text: String) {
        let refusal = code { () throws(OAuthError) in
            _ = try AuthorizationDetails(parsing: Secret(utf8: text))
        }
        #expect(refusal == .badParameter)
    }

    @Test func `RA-1: are told from narrower and from other ones`() throws {
        let asked = try details(
            #"[{"type":"a","actions":["read","write"],"of":{"x":1,"y":2}},{"type":"b"}]"#)
        let covering = [
            #"[{"type":"a","actions":["read","write"],"of":{"x":1,"y":2}},{"type":"b"}]"#,
            #"[{"type":"b","more":true},{"of":{"y":2,"x":1},"actions":["write","read"],"type":"a"}]"#,
        ]
        for text in covering { #expect(try details(text).covers(asked)) }
        let others = [
            #"[{"type":"a","actions":["read"],"of":{"x":1,"y":2}},{"type":"b"}]"#,
            #"[{"type":"a","actions":["read","write"],"of":{"x":1}},{"type":"b"}]"#,
            #"[{"type":"a","actions":["read","write"],"of":{"x":1,"y":2}}]"#,
            #"[{"type":"a","actions":"read write","of":{"x":1,"y":2}},{"type":"b"}]"#,
            #"[{"type":"c"}]"#,
        ]
        for text in others { #expect(try !details(text).covers(asked)) }
    }

    @Test func `RA-1: are kept from the token response, and cost no login where they are none`()
        throws
    {
        #expect(
            try parse(answer(#""authorization_details":\#(payment)"#)).authorizationDetails?.text
                == payment)
        for other in ["null", "7", "[]", #"[{"a":1}]"#] {
            #expect(
                try parse(answer(#""authorization_details":\#(other)"#)).authorizationDetails == nil
            )
        }
    }

    @Test func `RA-2: a server that does not accept them has the last word`() throws {
        let refused = HTTPResponse.json(#"{"error":"invalid_authorization_details"}"#, status: 400)
        let error = #expect(throws: OAuthError.self) { try parse(refused) }
        #expect(error?.code == .serverRefused)
        #expect(error?.message.contains("authorization_details") == true)
    }

    @Test func `R-3: a server that gives no tokens for a resource has the last word`() throws {
        let refused = HTTPResponse.json(#"{"error":"invalid_target"}"#, status: 400)
        let error = #expect(throws: OAuthError.self) { try parse(refused) }
        #expect(error?.code == .serverRefused)
        #expect(error?.message.contains("resource") == true)
    }
}

private func details(_ text: String) throws -> AuthorizationDetails {
    try AuthorizationDetails(parsing: Secret(utf8: text))
}
