//! Scenes: rules tried as a user would try them, in virtual time, without a network.
