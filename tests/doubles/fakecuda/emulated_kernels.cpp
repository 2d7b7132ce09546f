// Every kernel of kernels/cuda, as the fake executes it: one line per instantiation that the launchers use, with
// the names that nvcc gives their types.
#include "kernels/cuda/bodies/activation.cuh"
#include "kernels/cuda/bodies/attention.cuh"
#include "kernels/cuda/bodies/batch_norm.cuh"
#include "kernels/cuda/bodies/clipping.cuh"
#include "kernels/cuda/bodies/convolution.cuh"
#include "kernels/cuda/bodies/delay.cuh"
#include "kernels/cuda/bodies/dropout.cuh"
#include "kernels/cuda/bodies/embedding.cuh"
#include "kernels/cuda/bodies/gelu.cuh"
#include "kernels/cuda/bodies/layer_norm.cuh"
#include "kernels/cuda/bodies/linear.cuh"
#include "kernels/cuda/bodies/losses.cuh"
#include "kernels/cuda/bodies/optimizers.cuh"
#include "kernels/cuda/bodies/pooling.cuh"
#include "kernels/cuda/bodies/sum.cuh"
#include "tests/doubles/fakecuda/registration.hpp"

namespace lockstep::kernels::emulated {

LOCKSTEP_EMULATE(relu_forward<float>);
LOCKSTEP_EMULATE(relu_forward<double>);
LOCKSTEP_EMULATE(relu_forward<lockstep::kernels::BFloat16>);
LOCKSTEP_EMULATE(relu_backward<float>);
LOCKSTEP_EMULATE(relu_backward<double>);
LOCKSTEP_EMULATE(relu_backward<lockstep::kernels::BFloat16>);
LOCKSTEP_EMULATE(tanh_forward<float>);
LOCKSTEP_EMULATE(tanh_forward<double>);
LOCKSTEP_EMULATE(tanh_forward<lockstep::kernels::BFloat16>);
LOCKSTEP_EMULATE(tanh_backward<float>);
LOCKSTEP_EMULATE(tanh_backward<double>);
LOCKSTEP_EMULATE(tanh_backward<lockstep::kernels::BFloat16>);

LOCKSTEP_EMULATE(batch_norm_sums<float>);
LOCKSTEP_EMULATE(batch_norm_sums<double>);
LOCKSTEP_EMULATE(batch_norm_statistics<float>);
LOCKSTEP_EMULATE(batch_norm_statistics<double>);
LOCKSTEP_EMULATE(batch_norm_running<float>);
LOCKSTEP_EMULATE(batch_norm_running<double>);
LOCKSTEP_EMULATE(batch_norm_forward<float>);
LOCKSTEP_EMULATE(batch_norm_forward<double>);
LOCKSTEP_EMULATE(batch_norm_backward_sums<float>);
LOCKSTEP_EMULATE(batch_norm_backward_sums<double>);
LOCKSTEP_EMULATE(batch_norm_backward_parameters<float>);
LOCKSTEP_EMULATE(batch_norm_backward_parameters<double>);
LOCKSTEP_EMULATE(batch_norm_backward_input<float>);
LOCKSTEP_EMULATE(batch_norm_backward_input<double>);

LOCKSTEP_EMULATE(attention_forward<float>);
LOCKSTEP_EMULATE(attention_forward<double>);
LOCKSTEP_EMULATE(attention_backward_values<float>);
LOCKSTEP_EMULATE(attention_backward_values<double>);
LOCKSTEP_EMULATE(attention_backward_queries<float>);
LOCKSTEP_EMULATE(attention_backward_queries<double>);
LOCKSTEP_EMULATE(attention_backward_keys<float>);
LOCKSTEP_EMULATE(attention_backward_keys<double>);

LOCKSTEP_EMULATE(dropout<float>);
LOCKSTEP_EMULATE(dropout<double>);

LOCKSTEP_EMULATE(embedding_forward<float>);
LOCKSTEP_EMULATE(embedding_forward<double>);
LOCKSTEP_EMULATE(embedding_backward<float>);
LOCKSTEP_EMULATE(embedding_backward<double>);
LOCKSTEP_EMULATE(add_table<float>);
LOCKSTEP_EMULATE(add_table<double>);

LOCKSTEP_EMULATE(gelu_forward<float>);
LOCKSTEP_EMULATE(gelu_forward<double>);
LOCKSTEP_EMULATE(gelu_backward<float>);
LOCKSTEP_EMULATE(gelu_backward<double>);

LOCKSTEP_EMULATE(layer_norm_forward<float>);
LOCKSTEP_EMULATE(layer_norm_forward<double>);
LOCKSTEP_EMULATE(layer_norm_backward_parameters<float>);
LOCKSTEP_EMULATE(layer_norm_backward_parameters<double>);
LOCKSTEP_EMULATE(layer_norm_backward_input<float>);
LOCKSTEP_EMULATE(layer_norm_backward_input<double>);

LOCKSTEP_EMULATE(convolution_forward<float>);
LOCKSTEP_EMULATE(convolution_forward<double>);
LOCKSTEP_EMULATE(convolution_backward_input<float>);
LOCKSTEP_EMULATE(convolution_backward_input<double>);
LOCKSTEP_EMULATE(convolution_backward_weight<float>);
LOCKSTEP_EMULATE(convolution_backward_weight<double>);

LOCKSTEP_EMULATE(max_pool_forward<float>);
LOCKSTEP_EMULATE(max_pool_forward<double>);
LOCKSTEP_EMULATE(max_pool_backward<float>);
LOCKSTEP_EMULATE(max_pool_backward<double>);
LOCKSTEP_EMULATE(average_pool_forward<float>);
LOCKSTEP_EMULATE(average_pool_forward<double>);
LOCKSTEP_EMULATE(average_pool_backward<float>);
LOCKSTEP_EMULATE(average_pool_backward<double>);

LOCKSTEP_EMULATE(note_time);
LOCKSTEP_EMULATE(wait_longer);

LOCKSTEP_EMULATE(fill_rows<float>);
LOCKSTEP_EMULATE(fill_rows<double>);
LOCKSTEP_EMULATE(fill_rows<lockstep::kernels::BFloat16>);
LOCKSTEP_EMULATE(sum_rows<float>);
LOCKSTEP_EMULATE(sum_rows<double>);
LOCKSTEP_EMULATE(sum_rows<lockstep::kernels::BFloat16>);

LOCKSTEP_EMULATE(softmax_cross_entropy<float>);
LOCKSTEP_EMULATE(softmax_cross_entropy<double>);
LOCKSTEP_EMULATE(softmax_cross_entropy<lockstep::kernels::BFloat16>);
LOCKSTEP_EMULATE(mean_squared_error<float>);
LOCKSTEP_EMULATE(mean_squared_error<double>);
LOCKSTEP_EMULATE(mean_squared_error<lockstep::kernels::BFloat16>);
LOCKSTEP_EMULATE(finish_loss);
LOCKSTEP_EMULATE(add_correct<float>);
LOCKSTEP_EMULATE(add_correct<double>);
LOCKSTEP_EMULATE(add_correct<lockstep::kernels::BFloat16>);

LOCKSTEP_EMULATE(sum_of_squares<float>);
LOCKSTEP_EMULATE(sum_of_squares<double>);
LOCKSTEP_EMULATE(sum_of_squares<lockstep::kernels::BFloat16>);
LOCKSTEP_EMULATE(finish_clip_factor);
LOCKSTEP_EMULATE(apply_factor<float>);
LOCKSTEP_EMULATE(apply_factor<double>);
LOCKSTEP_EMULATE(apply_factor<lockstep::kernels::BFloat16>);

LOCKSTEP_EMULATE(sgd<float>);
LOCKSTEP_EMULATE(sgd<double>);
LOCKSTEP_EMULATE(sgd<lockstep::kernels::BFloat16>);
LOCKSTEP_EMULATE(sgd_with_momentum<float>);
LOCKSTEP_EMULATE(sgd_with_momentum<double>);
LOCKSTEP_EMULATE(sgd_with_momentum<lockstep::kernels::BFloat16>);
LOCKSTEP_EMULATE(adam<float>);
LOCKSTEP_EMULATE(adam<double>);
LOCKSTEP_EMULATE(adam<lockstep::kernels::BFloat16>);
LOCKSTEP_EMULATE(ternary<float>);
LOCKSTEP_EMULATE(ternary<double>);
LOCKSTEP_EMULATE(ternary<lockstep::kernels::BFloat16>);

LOCKSTEP_EMULATE(sum_in_order<float>);
LOCKSTEP_EMULATE(sum_in_order<double>);
LOCKSTEP_EMULATE(sum_in_order<lockstep::kernels::BFloat16>);

}  // namespace lockstep::kernels::emulated
