//! Decisions and what they are to be, for tests on either side of the WebAssembly boundary.
