import SesameBrokerAPI
import SesameHTTP
import SesameMautic

/// The Mautic of a profile, reached through the broker.
struct ProfileMautic: Sendable {
    let client: MauticClient
    private let transport: BrokerTransport

    init(at baseURL: HTTPURL, as profile: String, _ context: Context) throws(Failure) {
        let broker = try context.ask { broker throws(Problem) in broker }
        transport = BrokerTransport(broker, profile: profile)
        let output = context.output
        client = MauticClient(
            baseURL: baseURL, transport: transport, time: context.surroundings.time,
            willWait: { if $0.duration >= .seconds(3) { output.tell("sesame: \($0.words)") } })
    }

    /// The broker's own words, which say more than a transport that failed.
    func problem(behind error: MauticError) -> Problem? {
        guard case .transport(let failure) = error.code else { return nil }
        return transport.problem(behind: failure)
    }
}

/// Asks Mautic something through the broker, and waits.
func askMautic<Answer: Sendable>(
    at baseURL: HTTPURL, as profile: String, _ context: Context,
    _ question: @escaping @Sendable (MauticClient) async throws(MauticError) -> Answer
) throws(Failure) -> Answer {
    let mautic = try ProfileMautic(at: baseURL, as: profile, context)
    let outcome = blocking { () async -> Result<Answer, MauticError> in
        do throws(MauticError) { return .success(try await question(mautic.client)) } catch {
            return .failure(error)
        }
    }
    switch outcome {
    case .success(let answer): return answer
    case .failure(let error):
        throw Failure(error, mautic.problem(behind: error), profile: profile)
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

extension MauticPause {
    /// What happens, for a person who waits.
    var words: String {
        let happening =
            switch reason {
            case .rateLimit: "the server takes no more requests for now"
            case .unavailable: "the server does not answer"
            case .lostAnswer: "an answer was lost, and the server may still be at work"
            }
        return "\(happening): waiting for \(inWords(UInt64(max(0, duration.components.seconds))))"
    }
}
