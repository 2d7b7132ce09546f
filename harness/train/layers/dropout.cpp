#include "harness/train/layers/dropout.hpp"

#include "harness/ops/dropout.hpp"
#include "harness/ops/memory.hpp"

namespace lockstep {

void Dropout::forward(Stream& stream, const Forward& pass) const {
  if (pass.mode == Mode::train)
    ops::dropout(stream, pass.x(), pass.y, mask_at(pass.place, pass.x()));
  else if (pass.y.raw().data() != pass.x().raw().data())
    ops::copy(stream, pass.x(), pass.y);
}

void Dropout::backward(Stream& stream, const Backward& pass) const {
  if (pass.dx != nullptr) ops::dropout(stream, pass.dy, *pass.dx, mask_at(pass.place, pass.dy));
}

kernels::DropoutMask Dropout::mask_at(const BatchPlace& place, const Tensor& x) const {
  kernels::DropoutMask mask = mask_;
  mask.step = place.step;
  mask.first_row = place.first_row;
  mask.row_size = x.row_size();
  return mask;
}

}  // namespace lockstep
