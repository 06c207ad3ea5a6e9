use models::*;
use std::sync::Arc;
use std::time::Instant;
use rand::RngExt;
fn med(mut v: Vec<f64>) -> f64 { v.sort_by(f64::total_cmp); v[v.len()/2] }
fn time(name: &str, reps: usize, mut f: impl FnMut()) { f(); f(); let t: Vec<f64> = (0..reps).map(|_| { let t=Instant::now(); f(); t.elapsed().as_secs_f64()*1e3 }).collect(); println!("{name}: median {:.3} ms min {:.3}", med(t.clone()), t.iter().cloned().fold(1e9,f64::min)); }
fn main() {
    let which = std::env::args().nth(1).unwrap_or("mlp".into());
    let seed = Seed(1);
    let prec = if std::env::args().nth(2).as_deref()==Some("f64") {Precision::F64} else {Precision::F32};
    let device = Device::cpu(prec);
    let mut s = seed.stream("x");
    let (n,d,c,arch,loss,init) = match which.as_str() {
        "mlp" => (1000,784,10,Architecture::Perceptron{hidden:vec![1024,1024],activation:layers::Activation::Relu,bias:true,skips:false,parametrisation:Parametrisation::Standard},Loss::CrossEntropy,Initialisation::Torch),
        "small" => (500,64,10,Architecture::Perceptron{hidden:vec![64,64],activation:layers::Activation::Tanh,bias:true,skips:false,parametrisation:Parametrisation::Standard},Loss::CrossEntropy,Initialisation::Torch),
        _ => (1000,1000,1,Architecture::WideRelu{width:10000,second_layer:SecondLayer::FixedSigns},Loss::HalfSquared,Initialisation::Normal{std:1.0}),
    };
    let targets = if c==1 {Targets::Values{values:(0..n).map(|_| s.random_range(-1.0..1.0)).collect(),width:1}} else {Targets::Classes{labels:(0..n).map(|i| (i%10) as u32).collect(),classes:10}};
    let ex = Examples{inputs:(0..n*d).map(|_| s.random_range(-1.0..1.0)/(d as f64).sqrt()*3.0).collect(),dimension:d,targets};
    let net = Arc::new(arch.build(d,c,seed,&device));
    let risk = Risk::new(net,init,loss,&ex);
    let mut at = risk.start(seed);
    let reps = if which=="small" {200} else {15};
    let a = burn::tensor::Tensor::<2>::ones([2048,2048],(&device.tensors,prec.dtype()));
    time("matmul2048", 9, || { let _ = a.clone().matmul(a.clone()).into_data(); });
    println!("  17.18 GF");
    time("gradient", reps, || { let _ = risk.slope(&at); });
    if which=="wide" {
        let x: burn::tensor::Tensor<2> = device.upload(ex.inputs.clone(),[n,d]);
        let w = at.tensor().clone().reshape([d,10000]);
        let g: burn::tensor::Tensor<2> = burn::tensor::Tensor::ones([n,10000],(&device.tensors,prec.dtype()));
        time("gemms", reps, || { let z = x.clone().matmul(w.clone()); let q = x.clone().transpose().matmul(g.clone()); std::hint::black_box((z,q)); });
        time("step", reps, || { let sl = risk.slope(&at); at = std::mem::replace(&mut at, Point::new(device.zeros([1]))).moved(sl.gradient, -0.1); });
        return;
    }
    let here = risk.linearise(&at);
    for k in [1,8] {
        let v: Vec<f64> = (0..k*at.dimension()).map(|_| s.random_range(-1.0..1.0)).collect();
        let v = Directions::new(device.upload(v,[k,at.dimension()]));
        time(&format!("hvp {k}"), reps, || { let _ = here.hessian_times(&v); });
        time(&format!("gram {k}"), reps, || { let _ = v.norms(); });
    }
}
