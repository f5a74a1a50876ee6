//! Choices drawn from an input.

/// Choices drawn from the first bytes of an input, zeros where it is too short; the rest is the file.
pub struct Draws<'a> {
    rest: &'a [u8],
}

impl<'a> Draws<'a> {
    /// Draws from `input`.
    pub fn new(input: &'a [u8]) -> Self {
        Draws { rest: input }
    }

    /// The next byte.
    pub fn byte(&mut self) -> u8 {
        match self.rest.split_first() {
            None => 0,
            Some((&byte, rest)) => {
                self.rest = rest;
                byte
            }
        }
    }

    /// One of `choices`, by the next byte.
    pub fn one_of<T: Clone>(&mut self, choices: &[T]) -> T {
        choices[usize::from(self.byte()) % choices.len()].clone()
    }

    /// Yes or no, by the next byte: odd or even.
    pub fn yes(&mut self) -> bool {
        self.one_of(&[false, true])
    }

    /// The bytes that were not drawn.
    pub fn rest(self) -> &'a [u8] {
        self.rest
    }
}
