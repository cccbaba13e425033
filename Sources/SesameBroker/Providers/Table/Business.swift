import SesameOAuth

// Customers, messages, files.
extension Provider {
    static let salesforce = {
        let domain = AddressForm.Blank(
            "MYDOMAIN", "the name of your My Domain, the first part of its address", example: "acme"
        )
        var salesforce = Provider(["salesforce"], "Salesforce")
        salesforce.issuer = AddressForm("https://MYDOMAIN.my.salesforce.com", domain)
        salesforce.baseURL = AddressForm("https://MYDOMAIN.my.salesforce.com", domain)
        salesforce.redirectURI = "http://localhost:8400/callback"
        salesforce.proof = .supported
        salesforce.needsScope = true
        salesforce.loginScope = ["refresh_token"]
        // Answers do not say when a token ends; 15 minutes is the least that an organization can set.
        salesforce.lifetimes = Lifetimes(
            access: .configurable, login: .configurable, idle: .configurable, presumedAccess: 900)
        salesforce.rotation = .configurable
        salesforce.notes = [
            "in Setup: External Client App Manager > New External Client App; the callback URL is http only on"
                + " localhost",
            "select the scopes api and refresh_token there, and ask for api in the profile",
            "a sandbox has an address of its own: write it as issuer and base_url",
        ]
        salesforce.sources = [
            Source(
                "https://help.salesforce.com/s/articleView?id=xcloud.remoteaccess_oauth_endpoints.htm&language=en_US&type=5",
                "hosts"),
            Source(
                "https://login.salesforce.com/.well-known/openid-configuration",
                "discovery, revocation, introspection, scopes"),
            Source(
                "https://raw.githubusercontent.com/api-evangelist/salesforce/refs/heads/main/well-known/salesforce-well-known.yml",
                "My Domain hosts have metadata of their own"),
            Source("https://npmjs.com/package/salesforce-oauth2", "refresh_token as a scope"),
            Source("https://www.better-auth.com/docs/authentication/salesforce", "localhost, PKCE"),
            Source(
                "https://developer.salesforce.com/docs/atlas.en-us.packagingGuide.meta/packagingGuide/secure_code_ac_eca.htm",
                "PKCE, external client apps"),
            Source(
                "https://help.salesforce.com/apex/HTViewHelpDoc?id=remoteaccess_oauth_refresh_token_flow.htm&language=en_US",
                "rotation"),
            Source("https://github.com/NangoHQ/nango/issues/327", "answers without expires_in"),
            Source(
                "https://github.com/wadewegner/Force.com-Toolkit-for-NET/issues/110",
                "15 minutes at least"),
        ]
        return salesforce
    }()

    static let hubspot = {
        var hubspot = Provider(["hubspot"], "HubSpot")
        hubspot.baseURL = "https://api.hubapi.com"
        hubspot.endpoints = PresetEndpoints(
            authorization: "https://app.hubspot.com/oauth/authorize",
            token: "https://api.hubapi.com/oauth/2026-03/token",
            revocation: "https://api.hubapi.com/oauth/2026-03/token/revoke",
            introspection: "https://api.hubapi.com/oauth/2026-03/token/introspect")
        hubspot.clientAuthentication = "client_secret_post"
        hubspot.needsClientSecret = true
        hubspot.redirectURI = "http://localhost:8400/callback"
        hubspot.proof = .supported
        hubspot.needsScope = true
        hubspot.lifetimes.access = .seconds(1800)
        hubspot.registrationPage = "https://developers.hubspot.com/"
        hubspot.notes = [
            "plain http is for localhost only",
            "every scope that is asked for must be declared in the app",
            "logging out revokes the refresh token; an access token lives on for up to 30 minutes",
        ]
        hubspot.sources = [
            Source(
                "https://developers.hubspot.com/docs/api-reference/auth-oauth-v3/guide",
                "authorization endpoint, client secret, 30 minutes"),
            Source(
                "https://developers.hubspot.com/docs/api-reference/2026-03/authentication/oauth-tokens/refresh-oauth-token",
                "token endpoint, PKCE"),
            Source(
                "https://developers.hubspot.com/docs/api-reference/latest/authentication/oauth-tokens/revoke-token",
                "revocation"),
            Source(
                "https://developers.hubspot.com/docs/api-reference/2026-03/authentication/oauth-tokens/token-introspect",
                "introspection"),
            Source(
                "https://developers.hubspot.com/changelog/2018-03-05-oauth2-redirect-uri-served-over-http-localhost",
                "redirect URI"),
            Source(
                "https://docs.unified.to/skills/hubspot-oauth-app/SKILL.md", "scopes of the app"),
            Source(
                "https://developers.hubspot.com/docs-beta/oauth/tokens",
                "access tokens outlive their refresh token"),
        ]
        return hubspot
    }()

    static let slack = {
        var slack = Provider(["slack"], "Slack")
        slack.baseURL = "https://slack.com/api"
        slack.endpoints = PresetEndpoints(
            authorization: "https://slack.com/oauth/v2_user/authorize",
            token: "https://slack.com/api/oauth.v2.user.access")
        slack.clientAuthentication = "client_secret_post"
        slack.redirectURI = "http://localhost:8400/callback"
        slack.proof = .supported
        slack.needsScope = true
        slack.manners.grantedScopeSeparator = ","
        slack.manners.endingCodes = ["invalid_refresh_token"]
        // Without rotation a token has no end; a year is what we take for it.
        slack.lifetimes = Lifetimes(
            access: .seconds(12 * 3600), login: .untilRevoked, idle: .days(30),
            presumedAccess: 365 * 86_400)
        slack.rotation = .configurable
        slack.registrationPage = "https://api.slack.com/apps"
        slack.notes = [
            "you get a token that acts as you, with the user token scopes of the app; bot tokens are not had this"
                + " way",
            "under OAuth & Permissions switch PKCE and token rotation on: then localhost is accepted, no client"
                + " secret is needed, and PKCE cannot be switched off again",
            "without rotation a token lasts until it is revoked; with PKCE a refresh token lasts 30 days",
        ]
        slack.afterLogout =
            "Slack revokes in a way of its own: its method auth.revoke, with the token"
        slack.sources = [
            Source(
                "https://docs.slack.dev/reference/methods/oauth.v2.user.access",
                "token endpoint"),
            Source(
                "https://repo.hex.pm/docs/slack_kit-1.0.0-alpha.0.tar.gz:Slack.Web.Oauth.V2.User.html",
                "error codes"),
            Source("https://docs.slack.dev/authentication/using-pkce", "PKCE, localhost, 30 days"),
            Source(
                "https://docs.slack.dev/authentication/using-token-rotation", "12 hours, rotation"),
            Source(
                "https://gitlab.com/gitlab-org/gitlab/-/merge_requests/259717",
                "scope parameter, client secret in the body"),
            Source(
                "https://github.com/oomol-lab/open-connector/issues/411",
                "the token type of a user token"),
            Source(
                "https://github.com/UsefulSoftwareCo/executor/pull/1643", "scope in answers"),
        ]
        return slack
    }()

    static let zoho = {
        let center = AddressForm.Blank(
            "CENTER", "the end of your data centre's domain: com, eu, in, com.au, jp …",
            example: "eu")
        var zoho = Provider(["zoho"], "Zoho")
        zoho.issuer = AddressForm("https://accounts.zoho.CENTER", center)
        zoho.baseURL = AddressForm("https://www.zohoapis.CENTER", center)
        zoho.endpoints = PresetEndpoints(
            root: .issuer, authorization: "/oauth/v2/auth", token: "/oauth/v2/token",
            revocation: "/oauth/v2/token/revoke")
        zoho.clientAuthentication = "client_secret_post"
        zoho.needsClientSecret = true
        zoho.redirectURI = "http://localhost:8400/callback"
        zoho.needsScope = true
        zoho.requestedScopeSeparator = ","
        zoho.authorizationParameters = [("access_type", "offline"), ("prompt", "consent")]
        zoho.lifetimes.access = .seconds(3600)
        zoho.rotation = .never
        zoho.registrationPage = "https://api-console.zoho.com/"
        zoho.notes = [
            "add a client of the type Server-based Applications",
            "write scopes with blanks between, such as ZohoCRM.modules.READ; Sesame asks with commas",
            "Canada: issuer is https://accounts.zohocloud.ca, and base_url https://www.zohoapis.ca",
            "a user has 20 refresh tokens at most: the 21st login ends the first",
        ]
        zoho.sources = [
            Source(
                "https://www.zoho.com/pdfeditor/help/api/oauth-step4.html",
                "data centres, token endpoint, one hour, 20 refresh tokens"),
            Source(
                "https://zoho.com/inventory/api/v1/oauth/",
                "authorization endpoint, commas in a scope, Canada"),
            Source(
                "https://www.zoho.com/contracts/api/getting-started/refreshing-access-tokens.html",
                "revocation, a renewal gives no new refresh token"),
            Source(
                "https://packagist.org/packages/asad/oauth2-zoho",
                "access_type, prompt, localhost, a form with the client secret"),
            Source(
                "https://zoho.com/developer/docs/vertical-solutions/api/v6/refresh.html",
                "scope in answers, token type"),
        ]
        return zoho
    }()

    static let linkedin = {
        var linkedin = Provider(["linkedin"], "LinkedIn")
        linkedin.baseURL = "https://api.linkedin.com"
        linkedin.endpoints = PresetEndpoints(
            authorization: "https://www.linkedin.com/oauth/v2/authorization",
            token: "https://www.linkedin.com/oauth/v2/accessToken")
        linkedin.clientAuthentication = "client_secret_post"
        linkedin.needsClientSecret = true
        linkedin.redirectURI = "http://localhost:8400/callback"
        // A `code_verifier` is answered `invalid_client`.
        linkedin.proof = .refused
        linkedin.manners.refusesCodeVerifier = true
        linkedin.needsScope = true
        linkedin.manners.grantedScopeSeparator = ","
        linkedin.lifetimes = Lifetimes(
            access: .days(60), login: .days(365), idle: .days(365))
        linkedin.rotation = .notKnown
        linkedin.registrationPage = "https://www.linkedin.com/developers/apps"
        linkedin.notes = [
            "the products of the app decide which scopes it may ask for",
            "only approved partners get refresh tokens; everybody else logs in again every 60 days",
            "a login goes without PKCE, which LinkedIn refuses",
        ]
        linkedin.sources = [
            Source(
                "https://learn.microsoft.com/en-us/linkedin/shared/authentication/authorization-code-flow",
                "the flow"),
            Source(
                "https://logto.io/oauth-providers-explorer/linkedin", "endpoints"),
            Source(
                "https://learn.microsoft.com/en-us/linkedin/shared/authentication/programmatic-refresh-tokens",
                "60 and 365 days, partners"),
            Source("https://github.com/UsefulSoftwareCo/executor/issues/2087", "PKCE is refused"),
            Source(
                "https://github.com/badgateway/oauth2-client/issues/141",
                "client secret in the body"),
            Source(
                "https://github.com/requests/requests-oauthlib/issues/531", "scope in answers"),
            Source(
                "https://github.com/nvh95/react-linkedin-login-oauth2/issues/17",
                "a scope is needed"),
            Source(
                "https://rdrr.io/github/ropensci-org/promoutils/man/li_auth.html", "localhost"),
        ]
        return linkedin
    }()

    static let dropbox = {
        var dropbox = Provider(["dropbox"], "Dropbox")
        dropbox.baseURL = "https://api.dropboxapi.com"
        dropbox.endpoints = PresetEndpoints(
            authorization: "https://www.dropbox.com/oauth2/authorize",
            token: "https://api.dropboxapi.com/oauth2/token")
        dropbox.otherDestinations = ["https://content.dropboxapi.com"]
        dropbox.clientAuthentication = "client_secret_basic"
        dropbox.redirectURI = "http://127.0.0.1:8400/callback"
        dropbox.proof = .supported
        dropbox.authorizationParameters = [("token_access_type", "offline")]
        dropbox.lifetimes = Lifetimes(
            access: .seconds(4 * 3600), login: .untilRevoked, idle: .untilRevoked)
        dropbox.rotation = .never
        dropbox.registrationPage = "https://www.dropbox.com/developers/apps/create"
        dropbox.notes = [
            "the app key is the client id; with PKCE no secret is needed",
            "every redirect URI is registered with its port, also on this machine",
        ]
        dropbox.afterLogout =
            "Dropbox revokes in a way of its own: its call /2/auth/token/revoke, with the token"
        dropbox.sources = [
            Source(
                "https://dropbox.tech/developers/using-oauth-2-0-with-offline-access",
                "token_access_type, refresh tokens"),
            Source(
                "https://docs.rs/dropbox-sdk/latest/src/dropbox_sdk/oauth2.rs.html",
                "PKCE, no secret"),
            Source(
                "https://raw.githubusercontent.com/api-evangelist/dropbox/refs/heads/main/capabilities/dropbox-auth.yaml",
                "revocation"),
            Source(
                "https://github.com/Shopify/react-native-app-auth/blob/main/docs/config-examples/dropbox.md",
                "authorization endpoint, no discovery, where to register"),
            Source(
                "https://docs.rs/dropbox-sdk/0.19.0/src/dropbox_sdk/oauth2.rs.html",
                "token endpoint and hosts"),
            Source(
                "https://dropbox.github.io/dropbox-sdk-dotnet/gh-pages/obj/api/Dropbox.Api.DropboxOAuth2Helper.html",
                "redirect URI"),
            Source(
                "https://github.com/node-red/node-red-web-nodes/pull/306",
                "4 hours; a refresh token has no end"),
        ]
        return dropbox
    }()
}
