//! Values in numbered places that are used again: payloads of what is in flight.
//!
//! The invariant: memory is what was in flight at once, at most; a freed place is the next used.

/// A slab of values.
#[derive(Debug)]
pub(crate) struct Slab<T> {
    places: Vec<Place<T>>,
    free: u32,
    used: u32,
}

#[derive(Debug)]
enum Place<T> {
    Used(T),
    Free { next: u32 },
}

const NONE: u32 = u32::MAX;

impl<T> Slab<T> {
    pub(crate) fn new() -> Slab<T> {
        Slab { places: Vec::new(), free: NONE, used: 0 }
    }

    /// How many places are used.
    pub(crate) fn len(&self) -> u32 {
        self.used
    }

    /// Puts a value into a place and says which.
    #[inline]
    pub(crate) fn insert(&mut self, value: T) -> u32 {
        self.used += 1;
        if self.free == NONE {
            self.places.push(Place::Used(value));
            return self.places.len() as u32 - 1;
        }
        let at = self.free;
        let place = &mut self.places[at as usize];
        let Place::Free { next } = *place else { unreachable!("the free list holds free places") };
        self.free = next;
        *place = Place::Used(value);
        at
    }

    /// The value in a used place.
    #[inline]
    pub(crate) fn get(&self, at: u32) -> &T {
        match &self.places[at as usize] {
            Place::Used(value) => value,
            Place::Free { .. } => unreachable!("a place is read before it is freed"),
        }
    }

    /// Takes the value out of a used place.
    #[inline]
    pub(crate) fn remove(&mut self, at: u32) -> T {
        self.used -= 1;
        let free = Place::Free { next: self.free };
        self.free = at;
        match std::mem::replace(&mut self.places[at as usize], free) {
            Place::Used(value) => value,
            Place::Free { .. } => unreachable!("a place is freed once"),
        }
    }
}
