// Handles: a TensorImpl with one counted reference.
#pragma once

#include "auricle.h"
#include "versions.h"

namespace auricle {

at::Tensor borrow(AurTensor handle);
AurTensor hand_out(at::Tensor tensor);

} // namespace auricle
