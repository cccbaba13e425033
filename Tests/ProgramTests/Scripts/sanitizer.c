// What is linked into each program that is built under a sanitizer; see sanitize.sh. THREAD_SANITIZER says under which.

// The options, unless an environment says otherwise: the tests give the programs environments of their own, and the broker
// drops most of what it is given. REPORTS is where reports go, with the number of the process added: not all output of all
// programs is seen by a test. What libraries keep until the process ends is no leak of ours. A signal that kills is for
// the tests to see.

#define COMMON "log_path=" REPORTS ":handle_segv=0:handle_sigbus=0:handle_sigfpe=0:handle_sigill=0:handle_abort=0"

const char *__asan_default_options(void) { return COMMON ":detect_leaks=0"; }
const char *__tsan_default_options(void) { return COMMON ":halt_on_error=0:exitcode=66"; }

#ifdef THREAD_SANITIZER

// A continuation that is resumed before its task waits for it lets the task go on where it is, and the runtime
// (swift_continuation_await in Swift 6.3) forgets to tell the sanitizer that what was done before the resumption is done.
// Whatever the task reads then looks like a race:
//
//     final class Box: @unchecked Sendable { var count = 0 }
//     let box = Box()
//     await withCheckedContinuation { continuation in
//         Task.detached { box.count += 1; continuation.resume() }
//         usleep(20_000)
//     }
//     box.count += 1  // "Swift access race", and none without usleep
//
// After each wait a task asks for its executor again. This takes that call, and says so then: the runtime gives a task's
// address to the sanitizer wherever it resumes that task, and there alone.

#define _GNU_SOURCE
#include <dlfcn.h>

#define ASYNCHRONOUS __attribute__((swiftasynccall))
#define CONTEXT __attribute__((swift_async_context))

void __tsan_acquire(void *address);
void *swift_task_getCurrent(void);

typedef ASYNCHRONOUS void Switch(CONTEXT void *context, void *resume, void *executor, void *witness);
static Switch *original;

__attribute__((constructor)) static void find(void) { original = (Switch *)dlsym(RTLD_NEXT, "swift_task_switch"); }

ASYNCHRONOUS void swift_task_switch(CONTEXT void *context, void *resume, void *executor, void *witness) {
    __tsan_acquire(swift_task_getCurrent());
    __attribute__((musttail)) return original(context, resume, executor, witness);
}

#endif
