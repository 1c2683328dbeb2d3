//! Dispatcher, effect runner, reconcilers, use-cases; generic over ports.
