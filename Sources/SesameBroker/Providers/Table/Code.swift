import SesameOAuth

// Where code and issues are.
extension Provider {
    static let github = {
        var github = Provider(["github"], "GitHub")
        github.baseURL = "https://api.github.com"
        github.endpoints = PresetEndpoints(
            authorization: "https://github.com/login/oauth/authorize",
            token: "https://github.com/login/oauth/access_token",
            device: "https://github.com/login/device/code")
        github.clientAuthentication = "client_secret_post"
        github.needsClientSecret = true
        github.redirectURI = "http://127.0.0.1:0/callback"
        github.proof = .supported
        github.manners.grantedScopeSeparator = ","
        github.manners.endingCodes = ["bad_refresh_token"]
        // An OAuth app's token without an end is revoked when it was not used for a year. A GitHub App's says
        // when it ends, and so does its refresh token.
        github.lifetimes = Lifetimes(
            access: .seconds(8 * 3600), login: .untilRevoked, idle: .days(182),
            presumedAccess: 365 * 86_400)
        github.rotation = .always
        github.registrationPage = "https://github.com/settings/applications/new"
        github.notes = [
            "GitHub ignores the port of a callback URL on 127.0.0.1",
            "the tokens of a GitHub App expire after 8 hours and are renewed; those of an OAuth app do so if it"
                + " says so, and otherwise last until a year without use",
            "GitHub Enterprise Server: write authorization_endpoint, token_endpoint and base_url of your host",
        ]
        github.afterLogout =
            "GitHub revokes in a way of its own: end it at https://github.com/settings/connections/applications/"
            + " and the client id"
        github.sources = [
            Source(
                "https://docs.github.com/en/apps/oauth-apps/building-oauth-apps/authorizing-oauth-apps",
                "endpoints, client secret, redirect URI, scope in answers, device flow"),
            Source(
                "https://github.blog/changelog/2025-07-14-pkce-support-for-oauth-and-github-app-authentication",
                "PKCE"),
            Source(
                "https://docs.github.com/en/apps/creating-github-apps/authenticating-with-a-github-app/refreshing-user-access-tokens",
                "lifetimes and rotation of a GitHub App"),
            Source(
                "https://docs.github.com/en/authentication/keeping-your-account-and-data-secure/token-expiration-and-revocation",
                "a year without use"),
            Source(
                "https://github.com/orgs/community/discussions/24745",
                "the code of a refused refresh token"),
            Source(
                "https://github.com/aws-samples/sample-collaborative-ai-dlc/issues/462",
                "an OAuth app's tokens may expire"),
        ]
        return github
    }()

    static let gitlab = {
        var gitlab = Provider(["gitlab"], "GitLab")
        gitlab.baseURL = "https://gitlab.com"
        gitlab.endpoints = PresetEndpoints(
            authorization: "/oauth/authorize", token: "/oauth/token", revocation: "/oauth/revoke",
            device: "/oauth/authorize_device")
        gitlab.clientAuthentication = "client_secret_basic"
        gitlab.redirectURI = "http://127.0.0.1:0/callback"
        gitlab.proof = .supported
        gitlab.lifetimes.access = .seconds(7200)
        gitlab.rotation = .always
        gitlab.registrationPage = "https://gitlab.com/user_settings/applications"
        gitlab.notes = [
            "choose the scopes there, such as api or read_api, and name them in the profile",
            "an application that is not confidential needs no client secret",
            "a GitLab of your own: give its address as base_url, and register at"
                + " /user_settings/applications there",
            "GitLab ignores the port of a redirect URI on 127.0.0.1, not on localhost",
        ]
        gitlab.sources = [
            Source(
                "https://docs.gitlab.com/api/oauth2/",
                "endpoints, PKCE, access token, rotation, device flow"),
            Source(
                "https://gitlab.com/gitlab-org/gitlab/-/blob/master/config/initializers/doorkeeper.rb",
                "client secret, access token, plain http in redirect URIs"),
            Source(
                "https://github.com/doorkeeper-gem/doorkeeper/issues/1170",
                "the port of a loopback redirect URI"),
        ]
        return gitlab
    }()

    static let atlassian = {
        var atlassian = Provider(
            ["atlassian", "jira", "confluence"], "Atlassian (Jira, Confluence)")
        atlassian.baseURL = "https://api.atlassian.com"
        atlassian.endpoints = PresetEndpoints(
            authorization: "https://auth.atlassian.com/authorize",
            token: "https://auth.atlassian.com/oauth/token")
        atlassian.clientAuthentication = "client_secret_post"
        atlassian.needsClientSecret = true
        atlassian.redirectURI = "http://localhost:8400/callback"
        atlassian.proof = .ignored
        atlassian.needsScope = true
        atlassian.loginScope = ["offline_access"]
        atlassian.authorizationParameters = [
            ("audience", "api.atlassian.com"), ("prompt", "consent"),
        ]
        atlassian.lifetimes = Lifetimes(
            access: .seconds(3600), login: .days(365), idle: .days(90))
        atlassian.rotation = .always
        atlassian.registrationPage = "https://developer.atlassian.com/console/myapps/"
        atlassian.notes = [
            "create an OAuth 2.0 integration, add the APIs under Permissions, and the callback URL under"
                + " Authorization",
            "the API is below https://api.atlassian.com/ex/jira/CLOUD-ID or …/ex/confluence/CLOUD-ID; the address"
                + " of your site answers 401",
            "whoever logs in must do so again after a year",
        ]
        atlassian.sources = [
            Source(
                "https://developer.atlassian.com/cloud/jira/platform/oauth-2-3lo-apps/",
                "endpoints, audience, prompt"),
            Source(
                "https://developer.atlassian.com/cloud/oauth/getting-started/refresh-tokens",
                "offline_access, client secret"),
            Source(
                "https://community.developer.atlassian.com/t/updated-31-january-2022-action-required-deprecating-persistent-refresh-tokens/54172",
                "rotation, 90 and 365 days"),
            Source("https://github.com/loncadev/baron/issues/179", "no PKCE, localhost"),
            Source("https://mrrefactoring.github.io/confluence.js/guide/oauth2", "the gateway"),
        ]
        return atlassian
    }()
}
