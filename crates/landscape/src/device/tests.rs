//! Opening, refusing and losing devices. The tests on graphics adapters need one, at least a software adapter:
//! on Debian and Ubuntu, `apt-get install mesa-vulkan-drivers`.

use std::process::Command;

use burn::tensor::Tensor;
use models::{Device, Precision, download};

use super::*;

fn nothing_more(_: &Device) -> Result<SelfTest, String> {
    Ok(SelfTest::default())
}

fn opened(name: &str, precision: Precision) -> Opened {
    open(name.parse().expect("a device name"), precision, nothing_more)
        .unwrap_or_else(|error| panic!("{name}: {error}"))
}

fn refused(name: &str, precision: Precision) -> String {
    match open(name.parse().expect("a device name"), precision, nothing_more) {
        Ok(opened) => panic!("{} was opened", opened.label),
        Err(error) => error.to_string(),
    }
}

/// The software adapter of this machine. It is the last, since GPUs come before it.
#[cfg(feature = "wgpu")]
fn software() -> Adapter {
    let found = adapters();
    let software = found
        .into_iter()
        .rev()
        .find(|adapter| adapter.kind == Kind::Software);
    software.expect("these tests need a software Vulkan adapter: install mesa-vulkan-drivers")
}

/// Runs one test of this file in a process of its own, with `variables` set, and gives what it printed to
/// stdout and stderr. Such a test is ignored otherwise.
#[cfg(feature = "wgpu")]
fn in_a_process_of_its_own(test: &str, variables: &[(&str, &str)]) -> (String, String) {
    let mut command = Command::new(std::env::current_exe().expect("the path of the tests"));
    command.args([
        "--exact",
        &format!("device::tests::{test}"),
        "--nocapture",
        "--ignored",
    ]);
    // Without this variable, a layer of Mesa's drivers prints a line to stderr.
    command
        .envs(variables.iter().copied())
        .env("XDG_RUNTIME_DIR", std::env::temp_dir());
    let output = command.output().expect("the tests run again");
    let [stdout, stderr] =
        [output.stdout, output.stderr].map(|text| String::from_utf8_lossy(&text).into_owned());
    assert!(output.status.success(), "{test} failed:\n{stdout}\n{stderr}");
    assert!(
        stdout.contains("1 passed"),
        "{test} did not run:\n{stdout}\n{stderr}"
    );
    (stdout, stderr)
}

#[test]
fn the_cpu_passes_in_both_precisions() {
    for precision in [Precision::F32, Precision::F64] {
        let opened = opened("cpu", precision);
        assert!(opened.device.on_host);
        assert_eq!(opened.device.precision, precision);
        assert_eq!(
            opened.label,
            format!("cpu (flex, {})", name::precision(precision))
        );
        assert!(opened.self_test.checks.len() >= 12);
        assert!(
            opened
                .self_test
                .worst()
                .is_some_and(|check| check.share > 0.0 && check.share <= 1.0)
        );
    }
}

#[test]
#[cfg(feature = "ndarray")]
fn ndarray_passes_in_both_precisions() {
    for precision in [Precision::F32, Precision::F64] {
        let opened = opened("ndarray", precision);
        assert_eq!(
            opened.label,
            format!("ndarray (ndarray, {})", name::precision(precision))
        );
    }
}

#[test]
#[cfg(feature = "wgpu")]
fn the_software_adapter_is_opened_by_name() {
    let adapter = software();
    let opened = opened(&adapter.name.to_string(), Precision::F32);
    assert!(!opened.device.on_host);
    assert_eq!(opened.name, adapter.name);
    assert_eq!(
        opened.label,
        format!("{} ({}, f32)", adapter.name, adapter.hardware)
    );
    assert_eq!(opened.reason, "it was asked for by name");
    assert!(
        opened
            .self_test
            .worst()
            .is_some_and(|check| check.share > 0.0 && check.share <= 1.0)
    );
    // Burn starts a device only once; opening it again must find it.
    let again = open(adapter.name, Precision::F32, nothing_more).expect("it opens a second time");
    assert_eq!(again.device.tensors, opened.device.tensors);
}

/// ‖Ax‖² has the gradient 2AᵀAx and the Hessian 2AᵀA: the products that a network's derivatives are made of.
#[test]
#[cfg(feature = "wgpu")]
fn a_hessian_product_on_the_software_adapter_is_right() {
    let device = opened(&software().name.to_string(), Precision::F32).device;
    let reference = Device::cpu(Precision::F64);
    let entries: Vec<f64> = (0..40 * 30)
        .map(|i| f64::from((i * 37) % 101 - 50) / 64.0)
        .collect();
    let direction: Vec<f64> = (0..30).map(|i| f64::from((i * 11) % 7 - 3) / 4.0).collect();
    let product = |device: &Device| {
        let a = device.upload(entries.clone(), [40, 30]);
        let v: Tensor<2> = device.upload(direction.clone(), [30, 1]);
        download(&(a.clone().transpose().matmul(a.matmul(v)) * 2.0))
    };
    let (computed, expected) = (product(&device), product(&reference));
    let size = expected.iter().map(|x| x * x).sum::<f64>().sqrt();
    let error = computed
        .iter()
        .zip(&expected)
        .map(|(a, b)| (a - b).powi(2))
        .sum::<f64>()
        .sqrt();
    assert!(error <= 1e-5 * size, "relative error {:e}", error / size);
}

#[test]
#[cfg(feature = "wgpu")]
fn graphics_adapters_refuse_f64() {
    assert_eq!(
        refused("wgpu", Precision::F64),
        "`wgpu:0` computes in f32 only, because Burn's f64 kernels gave wrong results on graphics adapters: run \
         with `--device cpu` for f64, or set the precision to f32"
    );
}

#[test]
#[cfg(feature = "wgpu")]
fn a_number_beyond_the_last_adapter_lists_what_there_is() {
    let message = refused("wgpu:99", Precision::F32);
    let software = software();
    assert!(
        message.starts_with("there is no `wgpu:99`: this machine has `wgpu:0` ("),
        "{message}"
    );
    assert!(
        message.contains(&format!("`{}` ({})", software.name, software.hardware)),
        "{message}"
    );
}

#[test]
#[cfg(not(feature = "wgpu"))]
fn a_build_without_wgpu_says_so() {
    assert_eq!(
        refused("wgpu", Precision::F32),
        "this build has no `wgpu` devices: build with `--features wgpu`, or run with `--device cpu`"
    );
}

#[test]
#[cfg(not(feature = "cuda"))]
fn a_build_without_cuda_says_so() {
    assert_eq!(
        refused("cuda:1", Precision::F32),
        "this build has no `cuda` devices: build with `--features cuda`, or run with `--device cpu`"
    );
}

#[test]
fn auto_takes_no_software_adapter() {
    let opened = auto(&adapters(), Precision::F32, &nothing_more).expect("a device");
    if let Some(adapter) = adapters().iter().find(|adapter| adapter.name == opened.name) {
        assert!(adapter.kind.is_gpu(), "auto took {}", opened.label);
        assert!(
            opened
                .reason
                .starts_with("it is the first GPU that passes the self-test"),
            "{}",
            opened.reason
        );
        return;
    }
    assert_eq!(opened.name, DeviceName::Cpu);
    #[cfg(feature = "wgpu")]
    if !adapters().iter().any(|adapter| adapter.kind.is_gpu()) {
        let software = software();
        let expected = format!(
            "there is no GPU with a driver, and `wgpu:0` ({}) is a software adapter, taken only by name",
            software.hardware
        );
        assert_eq!(opened.reason, expected);
    }
}

#[test]
fn auto_takes_the_cpu_for_f64() {
    let opened = opened("auto", Precision::F64);
    assert_eq!(opened.name, DeviceName::Cpu);
    assert_eq!(opened.reason, "f64 is computed on the CPU only");
}

#[test]
fn a_device_that_fails_its_self_test_is_refused_by_name() {
    let fails = |_: &Device| Err(String::from("the gradient is off by 0.5"));
    let error = open(DeviceName::Cpu, Precision::F32, fails).expect_err("a failed self-test");
    assert_eq!(
        error.to_string(),
        "`cpu` (flex) is refused, because it fails the self-test: the gradient is off by 0.5; no processor should \
         fail it: please report this"
    );
}

/// The software adapter stands in for a GPU that fails, and for one that passes.
#[test]
#[cfg(feature = "wgpu")]
fn auto_goes_by_the_self_test() {
    let mut claims_to_be_a_gpu = [software()];
    claims_to_be_a_gpu[0].kind = Kind::DiscreteGpu;
    let only_the_host = |device: &Device| match device.on_host {
        true => Ok(SelfTest::default()),
        false => Err("it computes nonsense".into()),
    };
    let opened = auto(&claims_to_be_a_gpu, Precision::F32, &only_the_host).expect("the CPU");
    assert_eq!(opened.name, DeviceName::Cpu);
    let refused = DeviceError::Refused {
        name: claims_to_be_a_gpu[0].name,
        hardware: claims_to_be_a_gpu[0].hardware.clone(),
        why: "it computes nonsense".into(),
    };
    assert_eq!(opened.reason, format!("no GPU can be used; {refused}"));

    let opened = auto(&claims_to_be_a_gpu, Precision::F32, &nothing_more).expect("the adapter");
    assert_eq!(opened.name, claims_to_be_a_gpu[0].name);
    assert_eq!(opened.reason, "it is the first GPU that passes the self-test");
}

#[test]
fn the_list_has_every_name() {
    let devices = list(nothing_more);
    let names: Vec<&str> = devices.iter().map(|device| device.name.as_str()).collect();
    assert_eq!(&names[..2], ["cpu", "ndarray"]);
    assert!(names.iter().any(|name| name.starts_with("wgpu")), "{names:?}");
    assert!(names.iter().any(|name| name.starts_with("cuda")), "{names:?}");
    assert_eq!(devices[0].precisions, [Precision::F32, Precision::F64]);
    for device in &devices {
        assert_eq!(device.kind.is_none(), device.hardware.is_empty(), "{device:?}");
    }
    #[cfg(feature = "wgpu")]
    {
        let software = software();
        let listed = devices
            .iter()
            .find(|device| device.name == software.name.to_string());
        let listed = listed.expect("the software adapter is listed");
        assert_eq!(listed.kind, Some(Kind::Software));
        assert!(listed.verdict.is_ok(), "{:?}", listed.verdict);
    }
}

#[test]
fn a_bug_in_guarded_work_stays_a_panic() {
    let opened = opened("cpu", Precision::F32);
    let outcome = std::panic::catch_unwind(|| opened.guard(|| panic!("planted")));
    assert!(outcome.is_err());
}

#[test]
#[cfg(feature = "wgpu")]
fn a_lost_device_is_an_error_and_not_a_panic() {
    let (stdout, stderr) = in_a_process_of_its_own("child_loses_its_device", &[]);
    assert_eq!(stderr, "", "nothing but the error reaches the terminal");
    let error = stdout
        .lines()
        .find(|line| line.starts_with("error: "))
        .expect("an error");
    // The cause is worded by the driver, so it may change with it.
    let cause = error
        .strip_prefix("error: `wgpu:0` stopped answering: ")
        .expect("the device's name");
    let advice = "; what was written so far is kept; run again, with a smaller problem if memory ran out, or with \
                  `--device cpu`";
    let cause = cause.strip_suffix(advice).expect("what to do");
    assert!(
        !cause.is_empty() && !cause.contains("Backtrace") && !cause.contains("panicked"),
        "{cause}"
    );
}

#[test]
#[cfg(feature = "wgpu")]
#[ignore = "destroys the device of its process: another test runs it"]
fn child_loses_its_device() {
    use burn::tensor::DeviceKind;
    use burn::tensor::wgpu::WgpuBackend;

    let options = burn::tensor::Device::wgpu_options();
    let options = options
        .graphics_api(WgpuBackend::Vulkan)
        .device_kind(DeviceKind::Cpu);
    let (tensors, setup) = options.init_with_setup().expect("a software adapter");
    let device = Device {
        tensors,
        precision: Precision::F32,
        on_host: false,
    };
    let opened = Opened {
        device,
        name: DeviceName::Wgpu(0),
        label: "wgpu:0".into(),
        memory: Memory::Host,
        reason: String::new(),
        self_test: SelfTest::default(),
    };
    let square = |device: &Device| {
        let a: Tensor<2> = device.upload(vec![1.0; 64 * 64], [64, 64]);
        download(&a.clone().matmul(a))
    };
    assert_eq!(opened.guard(|| square(&opened.device)).map(|c| c[0]), Ok(64.0));
    let error = opened.guard(|| {
        setup.device.destroy();
        square(&opened.device)
    });
    println!("error: {}", error.expect_err("the device is gone"));
}

#[test]
#[cfg(feature = "wgpu")]
fn without_a_driver_the_error_says_what_to_install() {
    let nowhere = [
        ("VK_DRIVER_FILES", "/nonexistent"),
        ("VK_ICD_FILENAMES", "/nonexistent"),
    ];
    let (_, stderr) = in_a_process_of_its_own("child_has_no_driver", &nowhere);
    assert_eq!(stderr, "", "nothing but the error reaches the terminal");
}

#[test]
#[cfg(feature = "wgpu")]
#[ignore = "needs a process without Vulkan drivers: another test runs it"]
fn child_has_no_driver() {
    assert_eq!(
        open(DeviceName::Wgpu(0), Precision::F32, nothing_more).err(),
        Some(DeviceError::NoAdapter)
    );
    let opened = opened("auto", Precision::F32);
    assert_eq!(
        (opened.name, opened.reason.as_str()),
        (DeviceName::Cpu, "there is no GPU with a driver")
    );
}
