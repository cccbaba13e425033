import SesameBrokerAPI
import SesameHTTP
import SesameMautic

/// Asks Mautic something through the broker, and waits.
func askMautic<Answer: Sendable>(
    at baseURL: HTTPURL, as profile: String, _ context: Context,
    _ question: @escaping @Sendable (MauticClient) async throws(MauticError) -> Answer
) throws(Failure) -> Answer {
    let broker = try context.ask { broker throws(Problem) in broker }
    let transport = BrokerTransport(broker, profile: profile)
    let client = MauticClient(
        baseURL: baseURL, transport: transport, time: context.surroundings.time)
    let outcome = blocking { () async -> Result<Answer, MauticError> in
        do throws(MauticError) { return .success(try await question(client)) } catch {
            return .failure(error)
        }
    }
    switch outcome {
    case .success(let answer): return answer
    case .failure(let error):
        // The broker's own words say more than a transport that failed.
        if case .transport = error.code, let problem = transport.lastProblem {
            throw Failure(problem, profile: profile)
        }
        throw Failure(error, profile: profile)
    }
}

/// Asks the Mautic of the named profile, or of the only one there is.
func askMautic<Answer: Sendable>(
    _ context: Context,
    _ question: @escaping @Sendable (MauticClient) async throws(MauticError) -> Answer
) throws(Failure) -> Answer {
    let profile = try contactProfile(context)
    return try askMautic(at: baseURL(of: profile, context), as: profile, context, question)
}
