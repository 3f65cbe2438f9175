import TestSupport
import Testing

/// What boots virtual machines, one at a time: a guest has a processor of the host's for itself.
@Suite(
    .serialized, .enabled(if: !Guest.kernels.isEmpty, Guest.reason),
    .enabled(if: Rights.has("qemu-system-x86_64", "busybox", "cpio"), Guest.emulatorReason))
enum Guests {}
