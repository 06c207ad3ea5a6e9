//! What a header promises is not believed, and what no memory holds is not read.

use super::writing::{gz, idx, npy, npz};
use insta::assert_snapshot;
use landscape::data::files::csv::Column;
use landscape::data::files::{self, Input, Limits};
use std::io::Cursor;

/// Room for little.
const SMALL: Limits = Limits {
    numbers: 1000,
    memory: Some(500),
};

fn refused<T>(bytes: &[u8], limits: Limits, parse: impl Fn(&mut Input) -> Result<T, String>) -> String {
    let read = Input::of(bytes, limits).and_then(|mut input| parse(&mut input));
    read.map(|_| ()).expect_err("it is refused")
}

#[test]
fn promises_are_compared_with_the_file_the_limit_and_the_memory() {
    let promise = |n: u32| idx(8, &[n, 28, 28], &[0; 784]);
    let here = Limits::here();
    assert_snapshot!(refused(&promise(2), here, files::idx::read), @"its header promises 1568 bytes, and the whole file has 800: it is truncated, or its header is wrong");
    assert_snapshot!(refused(&promise(1)[..700], here, files::idx::read), @"its header promises 784 bytes, and the whole file has 700: it is truncated, or its header is wrong");
    assert_snapshot!(refused(&promise(1)[..790], here, files::idx::read), @"its header promises 784 bytes, and only 774 follow: it is truncated");
    assert_snapshot!(refused(&promise(1)[..10], here, files::idx::read), @"ends within its header: it is truncated");
    assert_snapshot!(refused(&promise(u32::MAX), here, files::idx::read), @"its header promises 3367254359280 numbers, and at most 536870912 are allowed: use fewer examples");
    assert_snapshot!(refused(&idx(8, &[u32::MAX; 3], &[]), here, files::idx::read), @"its header promises the shape [4294967295, 4294967295, 4294967295], which no memory holds");
    assert_snapshot!(refused(&promise(1), SMALL, files::idx::read), @"its numbers need 784 bytes of memory, and 500 bytes are free: use fewer examples, or a machine with more memory");
    assert_snapshot!(refused(&gz(&promise(600_000)), here, files::idx::read), @"its header promises 470400000 bytes, and 54 packed bytes cannot hold them: it is truncated, or its header is wrong");
    let huge = npy("'<f8'", false, &[1 << 40, 1 << 40], &[]);
    assert_snapshot!(refused(&huge, here, files::npy::read), @"its header promises the shape [1099511627776, 1099511627776], which no memory holds");
    let mut long = npy("'<f8'", false, &[1], &[0; 8]);
    long[6] = 2;
    long[8..12].copy_from_slice(&u32::MAX.to_le_bytes());
    assert_snapshot!(refused(&long, here, files::npy::read), @"its header promises a length of 4294967295 bytes, and at most 65536 are allowed");
    let many = npy("'|u1'", true, &[1; 65], &[0]);
    assert_snapshot!(refused(&many, here, files::npy::read), @"its header promises 65 axes, and at most 64 are read");
}

#[test]
fn what_unpacks_to_more_than_it_promises_is_stopped_there() {
    // A kilobyte that becomes a mebibyte, many times: more than any memory.
    let member = gz(&vec![0; 1 << 20]);
    let mut bomb = gz(&idx(8, &[2, 3], &[0; 6]));
    (0..100_000).for_each(|_| bomb.extend(&member));
    let here = Limits::here();
    assert_snapshot!(refused(&bomb, here, files::idx::read), @"more bytes follow than its header promises: its header is wrong, or it is two files in one");
    let column = Column::Number(0);
    assert_snapshot!(refused(&bomb, here, |input| files::csv::read(input, &column)), @"line 1 is longer than 16.0 MiB: is this a table?");
    let limits = Limits {
        numbers: 1 << 20,
        ..here
    };
    assert_snapshot!(refused(&bomb, limits, |input| files::cifar::read(input, files::cifar::Record::Ten)), @"holds more than 1048576 numbers, which is the most allowed");
    let rows = gz("1,2,a\n".repeat(1000).as_bytes());
    let last = Column::Number(-1);
    assert_snapshot!(refused(&rows, SMALL, |input| files::csv::read(input, &last)), @"holds more than 1000 numbers, which is the most allowed");
}

#[test]
fn members_of_an_npz_file_are_bounded_too() {
    let labels = npy("'|u1'", false, &[2], &[0, 1]);
    let wrong = |inputs: Vec<u8>, limits: Limits| {
        let file = npz(&[("inputs", inputs), ("targets", labels.clone())], true);
        let read = files::npz::read(Cursor::new(&file), file.len() as u64, limits);
        read.map(|_| ()).expect_err("it is refused")
    };
    let here = Limits::here();
    // 16 MiB of zeros behind two numbers.
    let bomb = [npy("'|u1'", false, &[2, 1], &[1, 2]), vec![0; 1 << 24]].concat();
    assert_snapshot!(wrong(bomb, here), @"inputs.npy more bytes follow than its header promises: its header is wrong, or it is two files in one");
    let many = npy("'|u1'", false, &[2, 1 << 28], &[0; 100]);
    assert_snapshot!(wrong(many, here), @"inputs.npy its header promises 536870912 bytes, and 96 packed bytes cannot hold them: it is truncated, or its header is wrong");
    let short = npy("'|u1'", false, &[2, 10], &[0; 10]);
    assert_snapshot!(wrong(short, here), @"inputs.npy its header promises 20 bytes, and only 10 follow: it is truncated");
    let zeros = npy("'|u1'", false, &[2, 450], &[0; 900]);
    assert_snapshot!(wrong(zeros, SMALL), @"inputs.npy its numbers need 900 bytes of memory, and 500 bytes are free: use fewer examples, or a machine with more memory");
}
