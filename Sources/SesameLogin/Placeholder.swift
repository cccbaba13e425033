package import SesameHTTP
package import SesameSystem
package struct LoginError: Error, Sendable { package enum Code: Sendable { case portTaken, timeout, cancelled, other }
  package let code: Code; package let message: String; package let hints: [String] }
package enum CallbackVerdict: Sendable { case accept(succeeded: Bool), ignore }
package struct LoopbackListener: ~Copyable, Sendable {
  package let redirectURI: HTTPURL
  package init(redirectURI: HTTPURL, anyPort: Bool) throws(LoginError) { self.redirectURI = redirectURI }
  package consuming func callback(timeout: Duration, time: any TimeSource, judge: @escaping @Sendable (ReceivedForm) async -> CallbackVerdict) async throws(LoginError) { }
}
