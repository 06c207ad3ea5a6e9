//! What `landscape list` says that configs can name.

use super::Desk;
use insta::assert_snapshot;

#[test]
fn what_configs_can_name() {
    let ran = Desk::new().run(&["list"]);
    assert_eq!((ran.code, ran.stderr.as_str()), (0, ""));
    assert_snapshot!(ran.stdout, @r#"
    data.normalise
      none         As the source gives them
      unit-range   All inputs divided by the largest magnitude among the training inputs: images come to lie in 0..1
      standardise  Each coordinate minus its mean, divided by its standard deviation (1/n)
      unit-norm    Each input divided by its Euclidean norm, as kernel theory assumes
    data.pick
      random  `train + test` examples drawn without replacement from all; where a source sets test examples apart, each are drawn from their own
      first   The first examples in stored order; where a source sets no test examples apart, which of the first `train + test` are for training is still random
    data.source
      digits             The 1,797 handwritten digits of scikit-learn: 64 inputs in 0..16, ten classes
      fashion            The first 1,000 training images of Fashion-MNIST: 784 inputs in 0..255, ten classes
      arrays             IDX or npy files, such as those of MNIST and Fashion-MNIST [hash, inputs, targets, test_inputs, test_targets]
      npz                An npz file, such as Keras' `mnist.npz` [hash, path]
      csv                A table [answer, hash, label, path, test_path]
      cifar-10           CIFAR-10 in its binary version [folder, hash]
      cifar-100          CIFAR-100 in its binary version [folder, hash, labels]
      sphere             Inputs uniform on the unit sphere, targets independent N(0, 1): nothing to learn, much to fit [dimension, width]
      teacher-linear     Inputs N(0, I_d), targets Y = X·W* + noise with entries of W* `[d, c]` from N(0, 1/d), so that each target has variance 1 + noise² [dimension, noise, width]
      teacher-two-layer  Inputs N(0, I_d), answers of a two-layer ReLU teacher f(x) = √(2/k) · Σ_r a_r σ(w_rᵀx) with k hidden units, w_r ~ N(0, I_d/d), a_r ~ N(0, I_c): each value has second moment 1 over teachers and inputs [answer, dimension, hidden, width]
      low-rank           Inputs X `[m, d]` with entries N(0, 1), targets Y = X·A with A `[d, c]` of prescribed singular values between random orthonormal factors: the data of deep linear networks (Kawaguchi 2016; in his notation Aᵀ, Xᵀ, Yᵀ) [dimension, singular_values, whitened, width]
    data.source.cifar-100.labels
      fine    The second of two: one of 100 classes
      coarse  The first of two: one of 20 groups of classes
    data.source.csv.answer
      values   Its real values
      classes  The index of its largest value; of equal ones the first
    data.source.teacher-two-layer.answer
      values   Its real values
      classes  The index of its largest value; of equal ones the first
    data.view
      source           What the source gives: classes for images, values or classes for generators
      one-hot          Classes as values: 1 at the class, 0 elsewhere; width C
      centred-one-hot  Classes as values: 1 − 1/C at the class, −1/C elsewhere; width C, each target sums to 0
      signs            Two classes as values: −1 for the first, +1 for the second; width 1
    expect.kind
      train-accuracy                Training accuracy is at least this share [at_least]
      test-accuracy                 Test accuracy is at least this share [at_least]
      test-accuracy-is-chance       Test accuracy is what guessing gives, 1/C, within so many standard deviations over all ways to rename the classes [sigmas]
      relative-loss                 The last loss is at most this share of the first [at_most]
      relative-loss-stays           The last loss is at least this share of the first: training got stuck [at_least]
      global-minimum                The last loss is the global minimum of a deep linear network (Eckart–Young), within this share of the first [within]
      linear-convergence            log L falls linearly in the step over the second half of the run: at least this squared correlation [r_squared]
      negative-curvature-at-start   The smallest Hessian eigenvalue at the start is negative, beyond its interval
      no-negative-curvature-at-end  The smallest Hessian eigenvalue at the end is not below minus this share of the largest [beyond]
      stops-at                      What kind of point the variant stopped at, by the probe `ends` [point]
      wide-relu-rate                L(t) ≤ (1 − ηλ₀/2)^t·L(0) at every recorded step, for the smallest eigenvalue λ₀ of the infinite network's Gram matrix (Du et al. 2019, Theorem 4.1): wide ReLU networks with a fixed second layer, ½Σ squared, plain descent with a constant step size
      more-steps                    The variant makes more steps than another before it stops [than]
      number-below                  A number of the last findings is below the same number of another variant, beyond both uncertainties [number, than]
    expect.point
      not-stationary   The gradient is not small: "minimum" and "saddle" have no meaning here, only curvature has
      strict-saddle    Near-stationary, with a direction of certified negative curvature and one of positive curvature
      maximum-like     Near-stationary, with certified negative curvature, and no direction of positive curvature was found
      strict-maximum   Near-stationary, and the largest eigenvalue found is certified negative: a strict local maximum nearby, unless the probe missed a larger one
      strict-minimum   Near-stationary, and the smallest eigenvalue found is certified positive: a strict local minimum nearby, unless the probe missed a smaller one
      flat-or-minimum  Near-stationary, no significant negative curvature: a minimum, a flat piece, or a degenerate saddle
    labels
      true             as they are
      corrupted-P      each training label replaced by a uniform class with probability P
      random-labels    every training label uniform
      shuffled-pixels  one permutation of the pixels for all images
      random-pixels    a permutation of its own for each image
      gaussian         images replaced by Gaussian noise of the same mean and variance
    loss
      half-squared   ½ Σᵢ ‖zᵢ − yᵢ‖²: a sum over examples, as in Du et al. (2019)
      mean-squared   (1/2n) Σᵢ ‖zᵢ − yᵢ‖²
      cross-entropy  (1/n) Σᵢ −log softmax(zᵢ)[yᵢ], in nats
      logistic       (1/n) Σᵢ Σ_c log(1 + exp(−y_ic z_ic)) for y = ±1, in nats
    model.activation
      identity    x
      square      x²
      relu        max(x, 0), with φ′(0) = 0
      leaky-relu  x for x > 0, else x/100 (Maas et al. 2013)
      tanh        tanh x
      sigmoid     1/(1 + e⁻ˣ)
      gelu        x·Φ(x) with the standard normal distribution function Φ (Hendrycks & Gimpel 2016), not its tanh approximation
      softplus    log(1 + eˣ)
    model.kind
      deep-linear  x ↦ x·W₁⋯W_{H+1}: linear layers without biases (Kawaguchi 2016) [hidden]
      quadratic    Two layers with quadratic activation, x ↦ Σ_r v_r (w_rᵀx)² (Du & Lee 2018) [second_layer, width]
      wide-relu    Two wide ReLU layers in the NTK parametrisation, x ↦ (1/√m) Σ_r a_r max(w_rᵀx, 0) (Du et al. 2019) [second_layer, width]
      perceptron   A multilayer perceptron of any depth [activation, bias, hidden, parametrisation, skips]
      chain        Any layers that there are, one after the other: for networks that were trained elsewhere [layers]
    model.layers
      linear      h ↦ hW + b [bias, outputs]
      activation  h ↦ φ(h)
      scale       h ↦ c·h
      fork        Remembers h until the matching `join`
      join        Adds what the last open `fork` has remembered: an identity skip
    model.layers.activation
      identity    x
      square      x²
      relu        max(x, 0), with φ′(0) = 0
      leaky-relu  x for x > 0, else x/100 (Maas et al. 2013)
      tanh        tanh x
      sigmoid     1/(1 + e⁻ˣ)
      gelu        x·Φ(x) with the standard normal distribution function Φ (Hendrycks & Gimpel 2016), not its tanh approximation
      softplus    log(1 + eˣ)
    model.parametrisation
      standard  In the initialisation
      ntk       In the network: h ↦ (hW + b)/√d with weights N(0, 1) (Jacot et al. 2018, where the bias has a factor of its own)
    model.second_layer
      fixed-signs  Fixed at ±1 with equal probability (stream `second layer`), as in Du et al. (2019)
      fixed-ones   Fixed at 1, as in Du & Lee (2018)
      trained      Trained like the first
    precision
      f32  32 bits
      f64  64 bits: CPU only
    probes.axes.along
      random      A Gaussian vector in which the weights into each unit have the norm that they have in θ, and each bias its size (filter normalisation, Li et al. 2018), so that one unit of the axis is as long as θ
      largest     The eigenvector of the Hessian's largest eigenvalue, of norm 1
      smallest    The eigenvector of the Hessian's smallest eigenvalue, of norm 1
      gradient    The gradient, scaled to norm 1: the loss rises along it
      start       From the start to the point, which is one unit: the start lies at −1
      trajectory  A principal direction of the trajectory, from the checkpoints that the run kept before the point: the first, or on a second axis the second (Li et al. 2018)
    probes.kind
      ends                The largest and smallest eigenvalues of the Hessian or another matrix, with residuals [basis, basis_on_host, block, confidence, largest, operator, preconditioned, products, smallest, tolerance]
      density             Which share of the eigenvalues lies where, as accurately as is asked for [accuracy, block, confidence, operator, preconditioned]
      trace               The sum of the eigenvalues and the Frobenius norm, with standard errors [block, method, operator, preconditioned, products]
      movement            Distance from the start, and the share of activation patterns that changed
      sharpness           The largest eigenvalue of the Hessian against what the step size allows, and rises within small balls and boxes [adaptive_radius, ascents, epsilon, products, radius, tolerance]
      smoothness          How fast the gradient changes, against what the step size allows [products, tolerance]
      surface             Slices through the loss along one direction or over two, beside the quadratic model [axes, points, products, tolerance]
      gram                The Gram matrix of the outputs' gradients: a proven smallest eigenvalue, the largest, drift, distance to its limit [examples]
      pl                  The Polyak–Łojasiewicz ratio, and its bounds by the Gram matrix [examples, least]
      structural          Gradients and structural matrices of single examples, and their bounds of the loss [examples]
      negative-curvature  Whether there is negative curvature below −ε: a direction, or a bound [delta, epsilon, products]
      stationarity        What kind of point it is, and whether it is second-order stationary [delta, epsilon, lipschitz, products]
    probes.method
      hutchinson       The mean of vᵀMv over random vectors (Hutchinson 1990)
      hutch-plus-plus  A third of the products finds the large eigenvalues, and only the rest is left to chance (Meyer et al. 2021)
      x-trace          Each random vector takes part in all approximations but the one whose error it measures (Epperly et al. 2024)
      x-nys-trace      The same with Nyström approximations, for semi-definite matrices; it tells no norm (Epperly et al. 2024)
    probes.operator
      hessian       H = ∇²L
      gauss-newton  G = Jᵀ(∂²ℓ/∂z²)J, positive semi-definite for convex losses
      residual      R = H − G = Σ (∂ℓ/∂z)·∇²z, zero where every example is fitted
    start.kind
      normal    N(0, std²): with std = 1 the NTK parametrisation and Du et al. (2019); std is κ in Arora et al. (2019) [std]
      he        N(0, 2/d) (He et al. 2015), times `scale` [scale]
      xavier    Uniform on ±√(6/(d + h)) (Glorot & Bengio 2010), times `scale` [scale]
      torch     PyTorch's `Linear`: weights and biases uniform on ±1/√d
      balanced  Balanced weights W_{j+1}W_{j+1}ᵀ = W_jᵀW_j whose product is a Gaussian matrix with entries N(0, std²) (Arora et al. 2019, Procedure 1) [std]
      identity  W_ij = 1 where i = j, else 0
      zero      All zero: an exact saddle of deep linear networks
    study.controls.kind
      symmetric          ¼‖UUᵀ − M‖² [dimension, eigenvalues, rank]
      asymmetric         ½‖UVᵀ − M‖², and ⅛‖UᵀU − VᵀV‖² if balanced [balanced, rank, shape, singular_values]
      sensing            (1/2m)Σ(⟨Aᵢ, UUᵀ⟩ − bᵢ)² with Gaussian Aᵢ [dimension, measurements, planted]
      completion         ½‖P_Ω(UUᵀ − M)‖², and a regulariser of long rows [dimension, planted, probability]
      quadratic-network  (1/2n)Σ(xᵢᵀWVWᵀxᵢ − yᵢ)² + (λ/2)‖W‖² + ⟨C, WWᵀ⟩ [decay, dimension, examples, negative, perturbation, units]
      deep-linear        ½‖X·W₁⋯W_N − Y‖² [examples, hidden, inputs, outputs]
    study.kind
      taxonomy         Critical points of every kind, and whether each is told for what it is
      escape           Methods that leave a strict saddle: their times, and where they end [delta, dimensions, epsilon, gamma, hessian_lipschitz, methods, runs, smoothness, steps]
      measure-zero     A saddle that descent reaches only from a set of measure zero [decades, starts, step_size]
      octopus          The octopus: plain descent takes exponential time where perturbed descent does not [curvatures, dimensions, gamma, runs, steps, tau]
      acceleration     The octopus with momentum: whether it is sooner, and stays where the function is defined [conditions, curvatures, dimensions, runs, steps]
      paths            Pictures of descent and perturbed descent in the plane [runs, steps]
      rate             Descent on smooth functions, held against the bound of its time [dimension, epsilons, runs]
      spectrum         Both ends of Hessians' spectra by Lanczos, beside the explicit matrices [dimension, products, tolerance, width]
      population       Students and teachers: how often descent ends in a minimum that is not global [gradient_norm, more_students, runs, spurious, step_size, steps, teachers]
      counterexample   Minima of small networks that are not global, by name [distance, examples, inputs, perturbations, reach, runs, steps, units]
      tensor           One component of an orthogonal tensor, and all, by noisy descent on spheres [batch, dimension, radius, runs, sample_step_size, sample_steps, step_size, steps]
      basins           What step size and start choose among minima of equal depth [curvatures, examples, inputs, nonzero, relative_step_sizes, runs, scales, starts, step_sizes, width]
      benign           Problems without bad local minima: where runs end, and how known saddles are left [controls, gradient_norm, methods, noisy_steps, problems, runs, steps, within]
      plateaus         Deep linear networks near the origin: how long their plateaus last, and where they lie [deep_scale, depths, epsilon, network_runs, networks, runs, scale, starts, step_size, steps]
      balanced         What gradient flow keeps of a deep linear network, and how descent changes it [halvings, hidden, step_size, time]
      paths-reduction  A ReLU network as a sum over paths, and the assumptions that would make it linear on average [draws, probability, repeats, widths]
    study.methods
      backtracking  Descent with Armijo's condition
      noisy         Noise on a unit sphere at every step (Ge et al. 2015)
      perturbed     Jumps where the gradient is small, until the method returns a point or the steps are used up (Jin et al. 2017, with practical constants)
    study.methods.constants
      paper      The theorem's
      practical  What the theorem's proof is about, without the logarithms: a jump is as large as the gradient that counts as small allows, ε/ℓ, and one waits until even the smallest curvature that counts, √(ρε), has carried a typical jump over the distance √(ε/ρ) on which curvature can turn
    study.methods.method.kind
      descent                x ← x − η∇f(x)
      backtracking           Descent whose step size is shrunk until f(x − ηg) ≤ f(x) − cη‖g‖² (Armijo 1966) [shrink, sufficient]
      noisy-descent          x ← x − η(∇f(x) + n), n uniform on a sphere, at every step (Ge et al. 2015) [radius]
      gradient-noise         x ← x − η(∇f(x) + n), n ~ N(0, std²·I), at every step [std]
      label-noise            x ← x − η∇f(x) with fresh noise N(0, std²) on every target of an empirical risk with a squared loss, at every step: with the residuals' weight w and the outputs' Jacobian J, the gradient gains −wJᵀn (Blanc et al. 2020) [std]
      perturbed-2017         Descent, and a jump uniform in a ball where ‖∇f‖ ≤ g_thres and the last jump is more than t_thres steps ago [c]
      perturbed-2019         Perturbed descent without a return statement (Jin et al. 2021, arXiv 1902.04811) [noise]
      stochastic-2019        x ← x − η(g(x) + ξ), ξ ~ N(0, (r²/d)·I), with gradients g(x) = ∇f(x) + N(0, std²·I) (Jin et al. 2021, Algorithm 2) [std]
      perturbed-accelerated  Accelerated descent with perturbations, and steps along the momentum where it has seen negative curvature (Jin, Netrapalli & Jordan 2018) [c]
      negative-curvature     Descent while ‖∇f‖ > ε [products]
      neon                   Descent while ‖∇f‖ > ε [renormalised]
    study.methods.method.noise
      when-small  x ← x − ηξ, ξ uniform in a ball, where ‖∇f‖ ≤ ε and the last time is more than 𝒯 steps ago (Algorithm 4)
      every-step  x ← x − η(∇f(x) + ξ), ξ ~ N(0, (r²/d)·I), at every step (Algorithm 1)
    study.problems.kind
      symmetric          ¼‖UUᵀ − M‖² [dimension, eigenvalues, rank]
      asymmetric         ½‖UVᵀ − M‖², and ⅛‖UᵀU − VᵀV‖² if balanced [balanced, rank, shape, singular_values]
      sensing            (1/2m)Σ(⟨Aᵢ, UUᵀ⟩ − bᵢ)² with Gaussian Aᵢ [dimension, measurements, planted]
      completion         ½‖P_Ω(UUᵀ − M)‖², and a regulariser of long rows [dimension, planted, probability]
      quadratic-network  (1/2n)Σ(xᵢᵀWVWᵀxᵢ − yᵢ)² + (λ/2)‖W‖² + ⟨C, WWᵀ⟩ [decay, dimension, examples, negative, perturbation, units]
      deep-linear        ½‖X·W₁⋯W_N − Y‖² [examples, hidden, inputs, outputs]
    training.noise.kind
      none      None: plain descent
      weights   δ: the gradient is taken at θ + N(0, std²·I) [std]
      gradient  ξ: N(0, std²·I) is added to the gradient at every step [std]
      sphere    ξ: a vector of length `radius`, uniform on the sphere, is added to the gradient at every step (Ge et al. 2015) [radius]
      labels    ξ = −wJᵀn: noise n ~ N(0, std²) on every target of a squared loss, fresh at every step (Blanc et al. 2020) [std]
      ball      ζ: a jump uniform in a ball when ‖∇L‖ ≤ `gradient` and no jump happened for `wait` steps: the practical form of perturbed gradient descent (Jin et al. 2017, Algorithm 2, without its stopping rule, and with the jump after the step instead of before it) [gradient, radius, wait]
    training.optimiser.kind
      descent   θ ← θ − ηg
      momentum  b ← μb + g, θ ← θ − ηb (Polyak 1964, in PyTorch's form) [momentum]
      nesterov  b ← μb + g, θ ← θ − η(g + μb) (Sutskever et al. 2013, in PyTorch's form) [momentum]
      adam      m ← β₁m + (1−β₁)g, v ← β₂v + (1−β₂)g², θ ← θ − η·m̂/(√v̂ + ε) with m̂ = m/(1−β₁ᵗ), v̂ = v/(1−β₂ᵗ): Adam (Kingma & Ba 2015), β = (0.9, 0.999), ε = 1e-8
      adam-w    θ ← (1 − ηλ)θ, then Adam's step: AdamW (Loshchilov & Hutter 2019), β = (0.9, 0.999), ε = 1e-8 [weight_decay]
      rms-prop  v ← αv + (1−α)g², θ ← θ − η·g/(√v + ε): RMSprop (Hinton 2012), α = 0.99, ε = 1e-8, no momentum
      ada-grad  v ← v + g², θ ← θ − η·g/(√v + ε): AdaGrad (Duchi et al. 2011), ε = 1e-10
      adan      Adan (Xie et al. 2022), β = (0.98, 0.92, 0.99), ε = 1e-8, with Adam's corrections: with d = g − g′ for the gradient g′ of the step before, m ← β₁m + (1−β₁)g, c ← β₂c + (1−β₂)d, v ← β₃v + (1−β₃)(g + β₂d)², θ ← θ − η·(m̂ + β₂ĉ)/(√v̂ + ε)
      lion      θ ← θ − η·sign(β₁m + (1−β₁)g), m ← β₂m + (1−β₂)g: Lion (Chen et al. 2023), β = (0.9, 0.99)
    training.schedule.kind
      constant  1
      decay     `factor` to the power t/`every`, in steps of `every` [every, factor]
      cosine    From 1 to `end` along half a cosine over `steps`, then `end` (Loshchilov & Hutter 2017) [end, steps]
      linear    From 1 to `end` along a line over `steps`, then `end` [end, steps]
      warmup    From 0 to 1 along a line over `steps`, then 1: the first step has the factor 1/`steps` [steps]
    "#);
}
