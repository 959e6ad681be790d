//! Connections, HTTP, configuration: the world around the engine.
