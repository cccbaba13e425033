// Servers that log people in, for APIs of their own or of others.
extension Provider {
    static let google = {
        var google = Provider(["google"], "Google")
        google.issuer = "https://accounts.google.com"
        google.baseURL = "https://www.googleapis.com"
        google.redirectURI = "http://127.0.0.1:0/callback"
        google.needsClientSecret = true
        google.proof = .supported
        google.needsScope = true
        // Without `prompt` only the first consent of a person gives a refresh token.
        google.authorizationParameters = [("access_type", "offline"), ("prompt", "consent")]
        google.lifetimes = Lifetimes(
            access: .seconds(3600), login: .untilRevoked, idle: .days(180))
        google.rotation = .never
        google.registrationPage = "https://console.cloud.google.com/"
        google.notes = [
            "APIs & Services > Credentials: create an OAuth client ID of the type Desktop app; no redirect URI has to be registered, and its"
                + " client secret is needed",
            "while the consent screen is in Testing, every login ends after 7 days: publish it",
            "many APIs have hosts of their own, such as https://gmail.googleapis.com: name yours in base_url or"
                + " allow",
        ]
        google.sources = [
            Source(
                "https://developers.google.com/identity/openid-connect/reference",
                "issuer and discovery"),
            Source(
                "https://developers.google.com/identity/protocols/oauth2/native-app",
                "desktop apps and their loopback address"),
            Source(
                "https://usefulangle.com/post/51/google-refresh-token-common-questions",
                "access_type and prompt"),
            Source(
                "https://www.unipile.com/google-oauth-refresh-token/",
                "access token, 7 days in Testing, six months without use"),
            Source(
                "https://workos.com/blog/refresh-token-behavior-across-fourteen-providers",
                "six months without use"),
            Source(
                "https://docs.rs/pidge-gmail/3.1.0/pidge_gmail/auth/", "client secret, rotation"),
            Source(
                "https://developers.google.com/workspace/guides/create-credentials",
                "where to register"),
        ]
        return google
    }()

    static let microsoft = {
        var microsoft = Provider(["microsoft", "entra"], "Microsoft (Entra ID)")
        microsoft.issuer = AddressForm(
            "https://login.microsoftonline.com/TENANT/v2.0",
            .init(
                "TENANT", "the directory (tenant) ID, a number with dashes",
                example: "11111111-2222-3333-4444-555555555555"))
        microsoft.baseURL = "https://graph.microsoft.com"
        // 127.0.0.1 can be registered in the manifest only.
        microsoft.redirectURI = "http://localhost:0/callback"
        microsoft.proof = .supported
        microsoft.needsScope = true
        microsoft.loginScope = ["offline_access"]
        microsoft.lifetimes = Lifetimes(
            access: .seconds(3600), login: .untilRevoked, idle: .days(90))
        microsoft.rotation = .always
        microsoft.registrationPage = "https://entra.microsoft.com/"
        microsoft.notes = [
            "App registrations > New registration; under Authentication add the platform Mobile and desktop applications: then no client secret is"
                + " needed; the port is ignored",
            "a tenant's domain name, common and organizations are not taken for TENANT, since the metadata name"
                + " another issuer: write authorization_endpoint and token_endpoint instead of issuer",
            "personal accounts only: TENANT is 9188040d-6c67-4c5b-b112-36a304b66dad",
            "a redirect URI of the platform Single-page application ends every login after 24 hours",
        ]
        microsoft.sources = [
            Source(
                "https://learn.microsoft.com/en-us/entra/identity-platform/refresh-tokens",
                "90 days, 24 hours for single-page applications, a new refresh token each time"),
            Source(
                "https://learn.microsoft.com/en-us/entra/identity-platform/reply-url",
                "redirect URI"),
            Source(
                "https://docs.azure.cn/zh-hk/entra/identity-platform/configurable-token-lifetimes",
                "access tokens live 60 to 90 minutes"),
            Source(
                "https://github.com/coreos/go-oidc/issues/121",
                "issuers of common and of personal accounts"),
            Source("https://github.com/immich-app/immich/pull/18725", "PKCE"),
            Source(
                "https://learn.microsoft.com/en-us/entra/identity-platform/quickstart-register-app",
                "where to register"),
        ]
        return microsoft
    }()

    static let keycloak = {
        var keycloak = Provider(["keycloak"], "Keycloak")
        keycloak.issuer = AddressForm(
            "https://HOST/realms/REALM",
            .init("HOST", "the address of your Keycloak", example: "id.example"),
            .init("REALM", "the name of the realm", example: "staff"))
        keycloak.redirectURI = "http://127.0.0.1:0/callback"
        keycloak.proof = .supported
        keycloak.lifetimes = Lifetimes(
            access: .configurable, login: .configurable, idle: .configurable)
        keycloak.rotation = .configurable
        keycloak.notes = [
            "in the admin console: Clients > Create client, with the standard flow",
            "a login lasts as long as the session of the user; ask for the scope offline_access for one that"
                + " lasts longer",
            "Keycloak says how long both tokens live",
        ]
        keycloak.sources = [
            Source("https://keycloak.org/securing-apps/oidc-layers", "discovery"),
            Source(
                "https://docs.redhat.com/en/documentation/red_hat_build_of_keycloak/26.0/html/securing_applications_and_services_guide/oidc-layers-recommendations",
                "redirect URI"),
            Source(
                "https://github.com/keycloak/keycloak/blob/main/docs/documentation/server_admin/topics/sessions/timeouts.adoc",
                "lifetimes and rotation are settings"),
            Source("https://phasetwo.io/docs/security/oauth-security-bcp/", "PKCE"),
        ]
        return keycloak
    }()

    static let auth0 = {
        var auth0 = Provider(["auth0"], "Auth0")
        auth0.issuer = AddressForm(
            "https://DOMAIN/",
            .init(
                "DOMAIN", "the domain of your tenant, without a slash",
                example: "acme.eu.auth0.com"))
        auth0.redirectURI = "http://localhost:8400/callback"
        auth0.proof = .supported
        auth0.needsScope = true
        auth0.loginScope = ["offline_access"]
        auth0.lifetimes = Lifetimes(
            access: .configurable, login: .configurable, idle: .configurable)
        auth0.rotation = .configurable
        auth0.registrationPage = "https://manage.auth0.com/"
        auth0.notes = [
            "under Applications create one of the type Native, which needs no client secret, or Regular Web",
            "name your API in the profile as authorize.audience, and allow Offline Access in its settings: without"
                + " that there is no refresh token",
            "where expiration of refresh tokens is switched on, they end after 30 days unless set otherwise",
        ]
        auth0.sources = [
            Source(
                "https://support.auth0.com/center/s/article/value-of-the-audience-attribute-in-access-token-requests-and-its-significance",
                "audience"),
            Source("https://auth0.com/docs/refresh-token", "offline access, rotation"),
            Source(
                "https://auth0.com/docs/secure/tokens/refresh-tokens/configure-refresh-token-expiration",
                "lifetimes of refresh tokens"),
            Source(
                "https://auth0.com/docs/secure/tokens/access-tokens/update-access-token-lifetime",
                "lifetime of access tokens"),
            Source(
                "https://github.com/auth0/nextjs-auth0/pull/2693", "the slash behind the issuer"),
        ]
        return auth0
    }()

    static let okta = {
        var okta = Provider(["okta"], "Okta")
        okta.issuer = AddressForm(
            "https://DOMAIN/oauth2/SERVER",
            .init("DOMAIN", "the domain of your organization", example: "acme.okta.com"),
            .init("SERVER", "the authorization server, usually default", example: "default"))
        okta.redirectURI = "http://localhost:8400/callback"
        okta.proof = .supported
        okta.needsScope = true
        okta.loginScope = ["offline_access"]
        okta.lifetimes = Lifetimes(
            access: .configurable, login: .configurable, idle: .days(7))
        okta.rotation = .configurable
        okta.notes = [
            "in the Admin Console: Applications > Create App Integration > OIDC; allow the grant type Refresh Token",
            "the authorization server of the organization itself has the issuer https://DOMAIN, and ends every"
                + " login after 90 days",
        ]
        okta.sources = [
            Source(
                "https://developer.okta.com/docs/guides/refresh-tokens/main/",
                "offline_access, rotation, 7 days without use, PKCE"),
            Source(
                "https://support.okta.com/help/s/article/refresh-token-expiration-behavior",
                "90 days"),
            Source(
                "https://support.okta.com/help/s/article/What-is-the-lifetime-of-the-JWT-tokens",
                "access tokens"),
        ]
        return okta
    }()
}
