//! Planning for devices with memory of their own, without one.

use super::*;

const MIB: u64 = 1 << 20;

/// A network whose basis is most of it, and 600 examples.
fn checked(hidden: usize) -> Vec<Checked> {
    let text = format!(
        "question = 'Does it fit?'\nloss = 'mean-squared'\n\
         data = {{ source = {{ sphere = {{ dimension = 50 }} }}, train = 600 }}\n\
         model = {{ kind = 'perceptron', hidden = [{hidden}, {hidden}] }}\nstart = {{ kind = 'he' }}\n\
         training = {{ step_size = 1e-3, optimiser = {{ kind = 'adam' }} }}\nprobes = [{{ kind = 'ends' }}]\n"
    );
    let config = crate::config::parse("planned", &text, &[]).expect("a valid config");
    crate::experiment::check(&config).expect("a config that can run")
}

fn plan(checked: &[Checked], host: Option<u64>, device: Memory) -> Result<MemoryPlan, String> {
    let room = Room {
        host,
        device,
        on_host: false,
    };
    plans(checked, room)
        .map(|plans| plans[0])
        .map_err(|error| error.to_string())
}

#[test]
fn what_lies_on_the_device_does_not_lie_on_the_host() {
    let checked = checked(700);
    let there = |device| {
        plan(&checked, None, device)
            .expect("nothing is known to be short")
            .unreported()
    };
    let (shared, apart) = (there(Memory::Host), there(Memory::Own(None)));
    assert_eq!(shared.device(), 0);
    // Nothing is left on the device from looking for what the examples reach.
    assert_eq!(apart.device() + shared.before, shared.tensors());
    let beside = apart.copies + apart.compared;
    assert_eq!(
        apart.host() + apart.device() + shared.before,
        shared.host() + beside
    );
    // θ and the two moments of Adam in a file, and one of them on its way there.
    let parameters = checked[0].parameters as u64;
    assert_eq!(apart.copies, 4 * 4 * parameters);
    assert!(apart.device() > apart.host());
}

#[test]
fn each_side_has_a_budget_of_its_own() {
    let mut checked = checked(700);
    // Three blocks.
    checked[0].examples.0 = 3 * 4096;
    let all = plan(&checked, None, Memory::Own(None)).expect("nothing is known to be short");
    let own = |bytes: u64| Memory::Own(Some(bytes));
    // What is kept between products gives way, with room for a block that is made again; the rest must fit.
    let tight = plan(&checked, Some(all.host()), own(all.device() - MIB)).expect("it fits");
    assert_eq!(
        (tight.kept, tight.device()),
        (2 * all.kept / 3 - MIB, all.device() - MIB)
    );
    insta::assert_snapshot!(plan(&checked, Some(all.host()), own(100 * MIB)).expect_err("too small"), @"the variant `true labels` needs more memory than the 100 MiB that the device has. It takes 94 MiB on the host: the program 25 MiB (with its report 55 MiB), examples 5 MiB (while they are drawn 5 MiB), copies of points 8 MiB, comparison with f64 56 MiB; and 258 MiB on the device: examples 2 MiB, weights and optimiser 22 MiB, bases of probes 137 MiB, activations 96 MiB, of which 0 MiB are kept between products. Choose smaller widths, fewer examples or fewer eigenvalues, keep the bases of ends on the host (basis_on_host = true), or run with --device cpu");
    insta::assert_snapshot!(plan(&checked, Some(50 * MIB), own(1 << 40)).expect_err("too small"), @"the variant `true labels` needs more memory than the 50 MiB there are. It takes 94 MiB on the host: the program 25 MiB (with its report 55 MiB), examples 5 MiB (while they are drawn 5 MiB), copies of points 8 MiB, comparison with f64 56 MiB; and 402 MiB on the device: examples 2 MiB, weights and optimiser 22 MiB, bases of probes 137 MiB, activations 241 MiB, of which 217 MiB are kept between products. Choose smaller widths, fewer examples or fewer eigenvalues, or allow more with --memory");
}

#[test]
fn examples_beyond_the_device_wait_on_the_host() {
    let mut checked = checked(8);
    let few = plan(&checked, None, Memory::Own(None)).expect("nothing is known to be short");
    // 2³⁰ numbers in f32 are 4 GiB, of which 2 GiB are sent.
    checked[0].examples.0 = (1 << 30) / 51;
    let many = plan(&checked, None, Memory::Own(None)).expect("nothing is known to be short");
    assert_eq!(few.sent, 4 * 51 * 600);
    assert_eq!(many.sent, 2 << 30);
    let numbers = 51 * checked[0].examples.0 as u64;
    assert_eq!(many.data, 8 * numbers + 4 * numbers - many.sent);
}

/// Gram matrices lie on the host, wherever the tensors are, and not beside bases.
#[test]
fn gram_matrices_lie_on_the_host() {
    let mut checked = checked(8);
    let with = |checked: &[Checked], device| {
        plan(checked, None, device)
            .expect("nothing is known to be short")
            .unreported()
    };
    let before = with(&checked, Memory::Own(None));
    let gram = probes::Gram { examples: 600 };
    checked[0].config.probes.push(probes::Probe::Gram(gram));
    let (apart, shared) = (with(&checked, Memory::Own(None)), with(&checked, Memory::Host));
    // Four matrices of a row for each of 600 examples, and three vectors.
    assert_eq!(
        apart.grams,
        8 * (4 * 600 * 600 + 3 * checked[0].parameters as u64)
    );
    assert_eq!(
        (apart.device(), apart.host()),
        (before.device(), PROGRAM + apart.data + apart.copies + apart.grams)
    );
    assert_eq!(
        shared.host(),
        PROGRAM + shared.data + shared.sent + shared.weights + shared.grams
    );
    let refused = plan(&checked, Some(30 * MIB), Memory::Host).expect_err("too small");
    assert!(refused.contains("Gram matrices 11 MiB after these"), "{refused}");
}
