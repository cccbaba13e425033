import SesameCommands

// No `async` main: this program starts in about a millisecond, and shells call it in loops.
Program.main()
