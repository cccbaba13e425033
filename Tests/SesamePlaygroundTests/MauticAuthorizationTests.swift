import SesameHTTP
import SesameHTTPServer
import SesamePlayground
import SesameSecrets
import Testing

@Suite struct `The authorization endpoint of the practice Mautic` {
    private let practice = Practice()
    private let crash =
        #"{"errors":[{"message":"Looks like I encountered an error (error #500). If I do it again, "#
        + #"please report me to the system administrator!","code":500,"type":null}]}"#

    @Test func `sends a browser to the login first`() async {
        let response = await practice.send(
            "GET", "/mautic/oauth/v2/authorize?" + practice.authorizationQuery())
        #expect(response.status == 302)
        #expect(response.location == Practice.origin + "/mautic/oauth/v2/authorize_login")
        #expect(!response.cookie.isEmpty)
    }

    @Test func `asks once, and never again`() async throws {
        let query = practice.authorizationQuery()
        let cookie = await practice.mauticCookie(query: query)
        let page = await practice.send(
            "GET", "/mautic/oauth/v2/authorize?" + query, [("Cookie", cookie)])
        #expect(page.status == 200)
        #expect(page.text.contains(#"name="accepted""#))
        let accepted = await practice.mauticAccept(query)
        #expect(accepted.status == 302)
        let location = try #require(accepted.location)
        #expect(location.hasPrefix(Practice.callback + "?state=st-123&code="))
        #expect(try accepted.callback("code").count == 86)
        let again = await practice.send(
            "GET", "/mautic/oauth/v2/authorize?" + query, [("Cookie", cookie)])
        #expect(again.location?.hasPrefix(Practice.callback + "?state=st-123&code=") == true)
    }

    @Test func `never calls back when the person denies`() async {
        let query = practice.authorizationQuery()
        let cookie = await practice.mauticCookie(query: query)
        let response = await practice.send(
            "POST", "/mautic/oauth/v2/authorize",
            [("Cookie", cookie), ("Content-Type", "application/x-www-form-urlencoded")],
            body: query + "&rejected=")
        #expect(response.status == 302)
        #expect(response.location == nil)
        #expect(response.fields["Content-Type"] == "application/json")
        #expect(
            response.text
                == #"{"errors":[{"message":"API authorization denied.","code":302,"type":"access_denied"}]}"#
        )
    }

    @Test func `tells a wrong redirect URI only after consent, and as a crash from then on`() async
    {
        let query = practice.authorizationQuery(redirect: "http://127.0.0.1:8401/callback")
        let first = await practice.mauticAccept(query)
        #expect(first.status == 400)
        #expect(
            first.text
                == #"{"errors":[{"message":"The redirect URI provided does not match registered URI(s).","#
                + #""code":400,"type":"redirect_uri_mismatch"}]}"#)
        let second = await practice.mauticAccept(query)
        #expect(second.status == 500)
        #expect(second.text == crash)
    }

    @Test(arguments: [
        Practice().authorizationQuery(redirect: nil), Practice().authorizationQuery(type: "banana"),
        Practice().authorizationQuery(type: nil), Practice().authorizationQuery(scope: "read"),
    ])
    func `falls over at a request that it cannot answer`(_ query: String) async {
        let response = await practice.mauticAccept(query)
        #expect(response.status == 500)
        #expect(response.text == crash)
    }

    @Test func `wants a redirect URI where two are registered`() async {
        let response = await practice.mauticAccept(
            practice.authorizationQuery(client: Practice.anyPort, redirect: nil))
        #expect(response.status == 400)
        #expect(
            response.text.contains("No redirect URL was supplied and more than one is registered."))
    }

    @Test func `does not know a client, but only after the login`() async {
        let response = await practice.mauticAccept(practice.authorizationQuery(client: "9_x"))
        #expect(response.status == 404)
        #expect(
            response.text == #"{"errors":[{"message":"Client not found.","code":404,"type":null}]}"#
        )
    }

    @Test func `shows a page to a user who may not use the API`() async {
        let response = await practice.mauticAccept(practice.authorizationQuery(), user: "bob")
        #expect(response.status == 403)
        #expect(response.fields["Content-Type"]?.hasPrefix("text/html") == true)
    }

    @Test func `does not log in somebody who was switched off`() async {
        #expect(await practice.mauticCookie("zoe").isEmpty)
    }

    @Test(arguments: [
        ("http://127.0.0.1:8400/callback/more?x=1", true), ("http://127.0.0.1:8400/CALLBACK", true),
        ("http://localhost:8400/callback", false), ("http://127.0.0.1/callback", false),
        ("http://127.0.0.1:8400/callback/../x", false),
    ])
    func `compares redirect URIs by prefix, host and port`(_ redirect: String, _ fits: Bool) async {
        let response = await practice.mauticAccept(practice.authorizationQuery(redirect: redirect))
        #expect(response.status == (fits ? 302 : 400))
    }
}
