#include "tensors.h"

#include "guard.h"

#include <algorithm>
#include <atomic>
#include <mutex>
#include <vector>

namespace auricle {

namespace {
std::atomic<int64_t> live_tensors{0};
using ImplPointer = c10::intrusive_ptr<c10::TensorImpl, c10::UndefinedTensorImpl>;
} // namespace

at::Tensor borrow(AurTensor handle) {
  TORCH_CHECK(handle != nullptr, "A null tensor was passed.");
  return at::Tensor(ImplPointer::reclaim_copy(static_cast<c10::TensorImpl *>(handle)));
}

AurTensor hand_out(at::Tensor tensor) {
  if (!tensor.defined())
    return nullptr;
  live_tensors.fetch_add(1, std::memory_order_relaxed);
  return tensor.unsafeReleaseTensorImpl();
}

} // namespace auricle

using namespace auricle;

void aur_tensor_free(AurTensor tensor) {
  if (tensor == nullptr)
    return;
  live_tensors.fetch_sub(1, std::memory_order_relaxed);
  // The destructor of the reclaimed pointer gives the reference back.
  auto released = ImplPointer::reclaim(static_cast<c10::TensorImpl *>(tensor));
}

int32_t aur_tensor_describe(AurTensor tensor, int32_t *scalar_type, int32_t *device_type, int32_t *device_index,
                            int32_t *dimensions, int64_t *sizes, int64_t *strides, int32_t capacity,
                            int32_t *requires_grad) {
  return guarded([&] {
    const auto value = borrow(tensor);
    *scalar_type = static_cast<int32_t>(value.scalar_type());
    *device_type = static_cast<int32_t>(value.device().type());
    *device_index = value.device().index();
    *dimensions = static_cast<int32_t>(value.dim());
    *requires_grad = value.requires_grad() ? 1 : 0;
    for (int32_t i = 0; i < std::min(capacity, *dimensions); i++) {
      sizes[i] = value.size(i);
      strides[i] = value.stride(i);
    }
  });
}

int32_t aur_tensor_data(AurTensor tensor, void **data) {
  return guarded([&] { *data = borrow(tensor).data_ptr(); });
}

int32_t aur_tensor_set_requires_grad(AurTensor tensor, int32_t value) {
  return guarded([&] { borrow(tensor).set_requires_grad(value != 0); });
}

int32_t aur_tensor_grad(AurTensor tensor, AurTensor *result) {
  return guarded([&] { *result = hand_out(borrow(tensor).grad()); });
}

int32_t aur_tensor_set_grad(AurTensor tensor, AurTensor grad) {
  return guarded([&] { borrow(tensor).mutable_grad() = grad == nullptr ? at::Tensor() : borrow(grad); });
}

int32_t aur_backward(AurTensor tensor, AurTensor gradient, int32_t retain_graph) {
  return guarded([&] {
    std::vector<at::Tensor> gradients;
    if (gradient != nullptr)
      gradients.push_back(borrow(gradient));
    torch::autograd::backward({borrow(tensor)}, gradients, retain_graph != 0);
  });
}

int64_t aur_live_tensors(void) { return live_tensors.load(std::memory_order_relaxed); }

int32_t aur_manual_seed(uint64_t seed) {
  return guarded([&] { at::manual_seed(seed); });
}

int32_t aur_get_random_state(AurTensor *result) {
  return guarded([&] {
    auto generator = at::detail::getDefaultCPUGenerator();
    std::lock_guard<std::mutex> lock(generator.mutex());
    *result = hand_out(generator.get_state());
  });
}

int32_t aur_set_random_state(AurTensor state) {
  return guarded([&] {
    auto generator = at::detail::getDefaultCPUGenerator();
    std::lock_guard<std::mutex> lock(generator.mutex());
    generator.set_state(borrow(state));
  });
}
