/// How long a test waits for what should come at once.
///
/// It is there so that a test fails instead of hanging, and says nothing of speed: what it waits for may have
/// to share a slow machine with all the other tests.
package let patience = Duration.seconds(300)
