"""JAX on the CPU: everything jitted, every call waits for its result."""

import math

import jax
import jax.numpy as jnp
import numpy as np

from worker import matmul_operand, serve


class Jax:
    """Gradient, Hessian products by linearisation and forward over reverse, gradient-descent steps, matrix products."""

    version = f"jax {jax.__version__}"

    def prepare(self, inputs, threads):
        # The number of threads is that of the processors this process may use: the driver has set them.
        self.inputs = inputs
        self.x = jnp.asarray(inputs.array("inputs"))
        if inputs.has("labels"):
            self.labels = jnp.asarray(inputs.array("labels").astype(np.int32))
            self.parameters = self.split(inputs.array("weights"))

    def split(self, flat):
        """A flat vector in the common layout as a list of (weight, bias)."""
        return [(jnp.asarray(w), jnp.asarray(b)) for w, b in self.inputs.layers(flat)]

    def join(self, layers):
        """The other way round."""
        return np.concatenate([np.asarray(part).reshape(-1) for layer in layers for part in layer])

    def loss(self, parameters, x, labels):
        h = x
        for w, b in parameters[:-1]:
            h = jax.nn.relu(h @ w + b) if self.inputs.relu else jnp.tanh(h @ w + b)
        w, b = parameters[-1]
        logits = jax.nn.log_softmax(h @ w + b)
        return -jnp.take_along_axis(logits, labels[:, None], axis=1).mean()

    def linearised(self):
        """v -> Hv, compiled, with everything that depends on the weights alone computed once."""
        _, product = jax.linearize(lambda p: jax.grad(self.loss)(p, self.x, self.labels), self.parameters)
        return product

    def make(self, what, method, request):
        if what == "matmul":
            a = jnp.asarray(matmul_operand(request["size"], request["dtype"]))
            product = jax.jit(jnp.matmul)
            return (lambda: product(a, a).block_until_ready()), (lambda: np.asarray(product(a, a)))
        if what in ("step", "gemms"):
            return self.two_layer(what)
        p, x, labels = self.parameters, self.x, self.labels
        if what == "gradient":
            gradient = jax.jit(jax.grad(self.loss))

            def call():
                return jax.block_until_ready(gradient(p, x, labels))
        elif what == "hvp":
            v = self.split(self.inputs.array("direction")[0])
            if method == "linearize":
                product = jax.jit(self.linearised())
            elif method == "jvp of grad":
                compiled = jax.jit(
                    lambda p, x, labels, v: jax.jvp(lambda q: jax.grad(self.loss)(q, x, labels), (p,), (v,))[1])

                def product(v):
                    return compiled(p, x, labels, v)
            else:
                raise ValueError(f"JAX has no product by {method!r} here")

            def call():
                return jax.block_until_ready(product(v))
        elif what == "hvp8":
            rows = [self.split(row) for row in self.inputs.array("directions")]
            if method == "eight products":
                product = jax.jit(self.linearised())

                def call():
                    return jax.block_until_ready([product(row) for row in rows])
                return call, lambda: np.stack([self.join(row) for row in call()])
            if method != "vmap":
                raise ValueError(f"JAX has no eight products by {method!r} here")
            block = jax.tree.map(lambda *parts: jnp.stack(parts), *rows)
            product = jax.jit(jax.vmap(self.linearised()))

            def call():
                return jax.block_until_ready(product(block))
            return call, lambda: np.stack([self.join(jax.tree.map(lambda part: part[i], call_result))
                                           for call_result in [call()] for i in range(len(rows))])
        else:
            raise ValueError(f"JAX has no {what!r} here")
        return call, lambda: self.join(call())

    def two_layer(self, what):
        """One step of gradient descent on the first layer with its buffer donated, or its two products alone."""
        m, eta = self.inputs.widths[1], self.inputs.manifest["step_size"]
        x, y = self.x, jnp.asarray(self.inputs.array("targets"))
        a = jnp.asarray(self.inputs.array("signs")) / math.sqrt(m)
        start = self.inputs.array("weights")
        if what == "gemms":
            # The result takes the place of the last one, as the step's does: no fresh pages in either.
            both = jax.jit(lambda x, w, place: x.T @ (x @ w), donate_argnums=2, keep_unused=True)
            w, state = jnp.asarray(start), {"place": jnp.zeros(start.shape, start.dtype)}

            def products():
                state["place"] = both(x, w, state["place"]).block_until_ready()
                return state["place"]
            return products, lambda: np.asarray(products())

        def loss(w, x, y, a):
            return 0.5 * jnp.square(jax.nn.relu(x @ w) @ a - y).sum()

        update = jax.jit(lambda w, x, y, a: w - eta * jax.grad(loss)(w, x, y, a), donate_argnums=0)
        state = {"w": jnp.array(start)}

        def step():
            state["w"] = update(state["w"], x, y, a).block_until_ready()

        def displacement():
            state["w"] = jnp.array(start)
            step()
            return (start.astype(np.float64) - np.asarray(state["w"], dtype=np.float64)) / eta
        return step, displacement


if __name__ == "__main__":
    jax.config.update("jax_platforms", "cpu")
    jax.config.update("jax_enable_x64", True)  # f32 arrays stay f32; f64 arrays stay f64
    serve(Jax())
