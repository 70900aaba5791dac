"""Short programs whose output under PyTorch the tests expect from pellucid.torch, letter for letter; errors included."""

from __future__ import annotations

# ruff: noqa: E501 - a program stands on one line


def tried(*expressions: str, given: str = "pass") -> str:
    """A program that prints each expression's value, or its error's first line: the value of `x` where it is a statement."""
    return (
        f"{given}\nfor code in {expressions!r}:\n    try:\n        if '=' in code.replace('==', ''): exec(code); print(x)\n"
        "        else: print(eval(code))\n    except Exception as error: print(type(error).__name__, str(error).splitlines()[0])"
    )


PROGRAMS = [
    # printing
    "print(torch.tensor([1.,2.,3.]), torch.tensor(3.), torch.tensor([1,2]), torch.tensor(True))",
    "print(torch.tensor([[1.5,2],[3,4]]), torch.tensor([1e-5,1.]), torch.tensor([1e9,1.]), torch.tensor([1000.,1.5]))",
    "print(torch.tensor([1001.,1.]), torch.tensor([0.1,1000.5]), torch.tensor([1e-9]), torch.tensor([float('nan'),1.,float('inf')]))",
    "print(torch.tensor([float('nan')]), torch.tensor([float('inf'),-float('inf')]), torch.tensor([1.,float('nan')]))",
    "print(torch.zeros(3,4), torch.ones(2,dtype=torch.float64), torch.zeros(2,dtype=torch.int32), torch.empty(0), torch.zeros(0,3))",
    "print(torch.zeros(2,3,dtype=torch.bool), torch.eye(3), torch.arange(30), torch.arange(30.))",
    "print(torch.arange(2000)); print(torch.arange(4000.).reshape(40,100)); print(torch.zeros(30,40,50))",
    "print(torch.randn(3,4)); print(torch.randn(2,3,4)); print(torch.randn(2,2,2,2))",
    "print(torch.randn(20)*1e5); print(torch.rand(5)*1e-6); print(torch.rand(30))",
    "x=torch.randn(3,3,requires_grad=True); print(x); print(x*2); print(x.sum()); print((x@x).mean())",
    "x=torch.randn(3,4,3,requires_grad=True); print(x.exp()); print(x.reshape(2,18))",
    "print(torch.tensor([1.5,2.5],dtype=torch.float16), torch.tensor([1.5,2.7],dtype=torch.bfloat16), torch.tensor([1,2],dtype=torch.uint8))",
    "torch.set_printoptions(precision=2); print(torch.randn(4)); torch.set_printoptions(profile='default')",
    "torch.set_printoptions(sci_mode=False); print(torch.tensor([1e-6,1.])); torch.set_printoptions(profile='default')",
    "torch.set_printoptions(linewidth=40); print(torch.randn(12)); torch.set_printoptions(profile='default')",
    "print(torch.tensor([-1.,2.]), torch.tensor([-100,2]), torch.tensor([[True],[False]]), torch.tensor([]), torch.tensor([[]]))",
    "print(torch.Size([2,3]), torch.zeros(2,3).shape, torch.zeros(2,3).size(), torch.float32, torch.device('cpu'), torch.bool)",
    "x=torch.tensor([[1.,5.],[4.,2.]]); print(x.max(dim=1)); print(torch.sort(x)); print(torch.topk(x,1))",
    "print(f'{torch.tensor(3.14159):.2f}', str(torch.tensor(2)), repr(torch.tensor([2.])))",
    "print(torch.finfo(torch.float32)); print(torch.iinfo(torch.int8)); print(torch.finfo(torch.bfloat16).eps)",
    # types
    "a=torch.tensor([1,2]); print((a+1.5).dtype,(a/2).dtype,(a//2).dtype,(a*True).dtype,(a+torch.tensor(1.5)).dtype,(a>1).dtype)",
    "a=torch.ones(2); print((a+torch.ones((),dtype=torch.float64)).dtype,(a+torch.ones(1,dtype=torch.float64)).dtype,(a.half()+a.bfloat16()).dtype)",
    "print(torch.tensor([1,2.]).dtype, torch.tensor([True,2]).dtype, torch.tensor(np.float64(3)).dtype, torch.arange(0,1,0.25).dtype)",
    "print(torch.ones(3,dtype=torch.int64).sum().dtype, torch.tensor([True,True]).sum(), torch.ones(3,dtype=torch.int32).cumsum(0).dtype)",
    "print(torch.tensor([7,-7])//2, torch.tensor([7,-7])%3, torch.tensor([7.,-7.]).fmod(3), torch.tensor(-7).div(2,rounding_mode='trunc'))",
    "print(torch.tensor([1.,2.])==torch.tensor([1.,3.]), torch.tensor(2)**3, torch.tensor(2.)**-1, 2**torch.tensor([1.,2.]))",
    "print(torch.tensor([3.7,-3.7]).long(), torch.tensor([0,2]).bool(), torch.tensor([1.,0.]).int(), torch.tensor(3).float())",
    "print([torch.tensor(x).dtype for x in ([np.float64(1)], [1, np.float64(1)], [1., np.float32(1)], [1, np.int32(2)], [np.int32(1)], [np.ones(2)], [[np.float64(1), 2.]], [torch.tensor(1, dtype=torch.int32)], [torch.tensor(1.), 2], [np.bool_(True)], [[], []], [True, 2], (np.mean([1, 2]), 1))])",
    # views and memory
    "x=torch.arange(6).reshape(2,3); y=x[0]; y[0]=99; print(x, y._base is x, x._version, x.t().is_contiguous(), x.t().stride())",
    "a=np.zeros(3); t=torch.from_numpy(a); a[0]=5; t[1]=7; print(a,t)",
    "x=torch.zeros(4); y=x.view(2,2); y+=1; print(x); print(x.data_ptr()==y.data_ptr())",
    "x=torch.arange(12.).reshape(3,4); print(x[1], x[:,1], x[1:,::2], x[-1,-1], x[None].shape, x[...,0], x[[0,2]], x[x>5])",
    "x=torch.arange(24).reshape(2,3,4); i=torch.tensor([0,2]); print(x[:,i].shape, x[0,:,i].shape, x[:,i,i], x[torch.tensor([True,False])])",
    "x=torch.zeros(3,3); x[1]=1; x[:,2]=torch.tensor([5.,6.,7.]); x[x>5]=-1; x[[0,1],[0,1]]=9; print(x)",
    "x=torch.zeros(2,3); x[0,1]+=2; x.fill_diagonal_(4); x.clamp_(max=3); print(x)",
    "print(torch.cat([torch.ones(2,1),torch.zeros(2,2)],1), torch.stack([torch.ones(2),torch.zeros(2)],1), torch.arange(7).chunk(3), torch.arange(5).split([2,3]))",
    "print(torch.einsum('ij,kj->ik',torch.eye(2),torch.ones(3,2)), torch.tensor([1.,2.])@torch.tensor([3.,4.]))",
    "print(torch.where(torch.tensor([True,False]),1.,0.), torch.gather(torch.tensor([[1,2],[3,4]]),1,torch.tensor([[0,0],[1,0]])))",
    "print(torch.tensor([3,1,2]).sort(), torch.tensor([1,1,2]).unique(return_counts=True), torch.tensor([[1.,2.],[3.,4.]]).std(0))",
    "print(torch.linspace(0,1,5), torch.logspace(0,2,3), torch.full((2,),3), torch.full((2,),3.), torch.tril(torch.ones(3,3)))",
    tried(
        "torch.ones(3, 3).diagonal(0, 0, 0)",
        "x.t().as_strided((2,), (3,), 1)",
        "x[1].as_strided((2,), (1,))",
        "x[1].as_strided((2,), (1,), 1)",
        "x.as_strided((2,), (-1,), 1)",
        "x[True, torch.tensor([0])]",
        "x[True, True, [0]]",
        "x[False].shape",
        "x[True, [True, False, True]]",
        "x[torch.tensor([0], dtype=torch.int16)]",
        "x[torch.tensor([0], dtype=torch.int32)]",
        "torch.tensor(1.)[:]",
        "x[::0]",
        given="x = torch.arange(9.).reshape(3, 3)",
    ),
    *(
        tried(
            "x[0] = [1]",
            "x[:] = np.ones(3)",
            "x[0] = np.float64(1.5)",
            "x[0] = None",
            "x[[0, 1]] = torch.tensor([1.5, 2.])",
            "x[[0]] = 1.5",
            "x[x == 0] = torch.tensor(2.5)",
            "x[:2] = torch.tensor([2.5, 1])",
            "x[[0, 1]] = torch.ones(1, 1, 2, dtype=x.dtype)",
            "x[[0, 1]] = torch.ones(3, dtype=x.dtype)",
            "x[:2] = torch.ones(3, dtype=x.dtype)",
            "x[0] = 300",
            "x[0] = -1",
            "x[0] = float('nan')",
            "x.fill_(1e300)",
            "x.fill_(-3)",
            "x.fill_(2.7)",
            given=f"x = torch.zeros(3, dtype=torch.{kind})",
        )
        for kind in ("float32", "int64", "uint8", "bool", "float16")
    ),
    tried(
        "torch.tensor(1.).flip(0)",
        "torch.ones(3).broadcast_to(2, 3)",
        "torch.tensor(1.).narrow(0, 0, 1)",
        "torch.ones(3).narrow(0, -4, 1)",
        "torch.tensor(1.).split(1)",
        "torch.tensor(1.).chunk(1)",
        "torch.tensor(1.).unbind()",
        "torch.tensor(1.).tensor_split(2)",
        "x = torch.ones(3); x.expand_as(x).add_(1)",
        "x = torch.ones(3); x.expand(1, 3).add_(1)",
        "x = torch.ones(3, 1); x.expand(3, 2).add_(1)",
        "x = torch.ones(2, 3); x.t_().squeeze_().unsqueeze_(0); x = x._version",
    ),
    "x = torch.ones(2, 3, requires_grad=True) * 1; print(*[x[k].grad_fn.name() for k in (slice(None), (slice(None), slice(None)), (slice(0, 2),), ..., (0, ...), None)], x.T.grad_fn.name(), x.t().grad_fn.name())",
    "torch.manual_seed(0); x = torch.ones(4, 20).t(); print(torch.rand_like(x)[:3, :2], torch.randn_like(x)[:3, :2], torch.rand_like(x[::2])[:2, :2])",
    tried(
        "torch.all(torch.ones(2, 3), ())",
        "torch.prod(torch.tensor([100, 2], dtype=torch.int8), dtype=torch.int8)",
        "torch.any(torch.zeros(2, 3), ())",
        "torch.all(torch.ones(2, dtype=torch.uint8))",
        "torch.tensor([True]).argmax()",
        "torch.softmax(torch.tensor(float('inf')), 0)",
        "torch.log_softmax(torch.tensor(float('nan')), 0)",
        "torch.quantile(torch.tensor([1, 2]), .5)",
        "torch.unique(torch.tensor([float('nan'), 1., float('nan')]), return_counts=True)",
        "x = torch.tensor([1000., 0., 500.]).half(); x = (x.std(), x.norm(), x.cumsum(0))",
        "x = torch.tensor([300., 300., .001]).half().cumprod(0)",
        "x = torch.tensor([1., 2., 10.]).half(); x = (x.softmax(0), x.sigmoid(), x.logsumexp(0))",
    ),
    *(
        f"x = torch.tensor({values}, requires_grad=True); torch.{of}(x).backward(); print(x.grad)"
        for values in ("[1., 2., 2., 3.]", "[2., 2., 2., 3.]", "[2., float('nan'), 2., 5.]")
        for of in ("median", "nanmedian", "max", "min")
    ),
    tried(
        "torch.tensor([3., 7.]).half() * 0.1",
        "torch.tensor([3., 7., 333.]).half() / 3.3",
        "torch.tensor([3., 7., 333.]).bfloat16() ** 1.1",
        "torch.tensor([0.1]).half() == 0.1",
        "torch.tensor([0.1]).bfloat16() > 0.1",
        "torch.tensor([-6., 6.]) % 3",
        "torch.tensor([-6., 6.]) % -3",
        "2 << torch.tensor([1, 2])",
        "64 >> torch.tensor([1, 2])",
        "torch.ones(2) << 1",
        "torch.ones(2).double() & 1",
        "-torch.tensor([True])",
        "torch.tensor([1, -1, 0]) ** torch.tensor([-1, -3, -1])",
        "0 ** torch.tensor([-1, 0])",
        "torch.add(torch.ones(1), torch.tensor([250], dtype=torch.uint8), alpha=2)",
        "torch.add(torch.ones(2).long(), 1, alpha=1.5)",
        "torch.add(torch.tensor([True]), torch.tensor([True]), alpha=2)",
        "torch.tensor([250], dtype=torch.uint8) < -3",
        "torch.full((2,), 300, dtype=torch.uint8)",
        "torch.full((2,), -1, dtype=torch.uint8)",
        "torch.full((2,), 1e10, dtype=torch.float16)",
        "torch.tensor([300], dtype=torch.uint8)",
        "torch.tensor([-1], dtype=torch.uint8)",
        "torch.tensor([float('nan')], dtype=torch.int64)",
        "torch.tensor(300, dtype=torch.int8)",
        "torch.zeros(2, dtype=torch.uint8).masked_fill(torch.tensor([True, False]), -1)",
        "torch.zeros(2).long().masked_fill(torch.tensor([True, False]), -float('inf'))",
        "torch.where(torch.tensor([True, False]), torch.tensor([1, 2], dtype=torch.uint8), -3)",
    ),
    # autograd
    *(
        f"a = torch.ones(2, requires_grad=True); x = a.{first}; x.{write}; print(x); x.sum().backward(); print(a.grad)"
        for first in ("mul(1)", "exp()")
        for write in ("zero_()", "fill_(3.)", "copy_(torch.zeros(2, requires_grad=True))")
    ),
    "a = torch.ones(4).view(2, 2).requires_grad_(); a[0] = 1",
    "a = torch.ones(2, 3, requires_grad=True); x = a * 1; y = x.T; y.t_(); y.mul_(torch.arange(6.).view(2, 3)); print(x, y, x._version)",
    "x=torch.tensor([1.,2.],requires_grad=True); y=(x**2).sum(); y.backward(); print(x.grad, y, y.grad_fn is not None, x.is_leaf, y.is_leaf)",
    "x=torch.tensor(2.,requires_grad=True); y=x*x; print(y.grad_fn.next_functions[0][0].name()); y.backward(); x.grad.zero_(); (x*3).backward(); print(x.grad)",
    "x=torch.tensor([1.,2.],requires_grad=True); (x*2).backward()",
    "x=torch.tensor(1.,requires_grad=True); y=x.exp(); y.backward(); y.backward()",
    "x=torch.tensor(1.,requires_grad=True); y=x*2+1; y.backward(); y.backward(); print(x.grad)",
    "x=torch.tensor(1.); x.backward()",
    "x=torch.tensor([1.,2.],requires_grad=True); x+=1",
    "x=torch.tensor([1.,2.],requires_grad=True); x[0]=1",
    "x=torch.tensor([1.,2.],requires_grad=True); y=x.exp(); y+=1; y.sum().backward()",
    "x=torch.tensor([1.,2.],requires_grad=True); y=x*2; z=y*y; y+=1; z.sum().backward()",
    "x=torch.tensor([1.,2.,3.],requires_grad=True); y=x*2; y[1]=0; print(y); y.sum().backward(); print(x.grad)",
    "w=torch.tensor(3.,requires_grad=True); x=torch.zeros(2,2); x[0]=w; print(x); (x*torch.arange(4.).reshape(2,2)).sum().backward(); print(w.grad)",
    "x=torch.ones(2,2,requires_grad=True); y=x.clone(); v=y[0]; v*=3; print(y, v); y.sum().backward(); print(x.grad)",
    "x=torch.ones(3,requires_grad=True); y=x*1; v=y.view(3,1); y*=2; print(v)",
    "a,b=torch.ones(2,requires_grad=True).mul(1).unbind(); a+=1",
    "x=torch.ones(2,requires_grad=True); x.numpy()",
    "x=torch.ones(2,requires_grad=True);\nwith torch.no_grad():\n    y=x*2\nprint(y.requires_grad, (x*2).requires_grad, x.detach())",
    "x=torch.tensor(3.,requires_grad=True); g,=torch.autograd.grad(x**3,x,create_graph=True); print(g); print(torch.autograd.grad(g,x))",
    "x=torch.tensor(3.,requires_grad=True); y=torch.tensor(1.,requires_grad=True); torch.autograd.grad(x*2,[x,y])",
    "x=torch.tensor(3.,requires_grad=True); h=x.register_hook(lambda g: g*10); (x*2).backward(); print(x.grad); h.remove()",
    "x=torch.tensor(3.,requires_grad=True); y=x*2; y.retain_grad(); (y*y).backward(); print(y.grad, x.grad)",
    "class Sq(torch.autograd.Function):\n    @staticmethod\n    def forward(ctx,x):\n        ctx.save_for_backward(x); return x*x\n    @staticmethod\n    def backward(ctx,g):\n        x,=ctx.saved_tensors; return 2*x*g\nx=torch.tensor([1.,2.],requires_grad=True); y=Sq.apply(x); print(y); y.sum().backward(); print(x.grad)",
    "x=torch.ones(2,3,requires_grad=True); print(x.t(), x[0], x[:,1:], x.view(-1), x.reshape(3,2), x.permute(1,0), x.sum(0), x.mean(), x.unsqueeze(0).shape)",
    "x=torch.ones(2,2,requires_grad=True); print(x@x, x.mm(x), x.exp(), x.log(), x/2, x-1, -x, x**2, 1/x, x.sqrt(), x.relu(), x.tanh(), x.sigmoid())",
    "x=torch.ones(2,2,requires_grad=True); print(x.max(), x.max(1).values, x.softmax(1), x.log_softmax(1), x.std(), x.var(), x.norm(), x.abs(), x.clamp(0,1), x.prod())",
    "x=torch.ones(2,2,requires_grad=True); print(torch.cat([x,x]), torch.stack([x,x]).shape, x.split(1)[0], x.unbind()[1], x.expand(2,2,2).shape, x.clone(), x.squeeze(), x.flatten())",
    "x=torch.ones(2,requires_grad=True); y=torch.ones(3,2,requires_grad=True); print(y@x, x@x, torch.addmm(x,y,torch.ones(2,2)), x.cumsum(0), x.to(torch.float64), torch.where(x>0,x,-x))",
    "torch.tensor([1,2],requires_grad=True)",
    "print(torch.autograd.gradcheck(lambda x: (x.sin()*x).sum(), torch.randn(3,dtype=torch.float64,requires_grad=True)))",
    # errors
    "torch.ones(3)+torch.ones(4)",
    "torch.ones(2,3)@torch.ones(2,3)",
    "torch.ones(2,3).view(4)",
    "torch.ones(2,3).t().view(6)",
    "torch.ones(2).sum(3)",
    "torch.ones(3)[5]",
    "torch.ones(3)[1,2]",
    "torch.tensor([[1,2],[3]])",
    "torch.tensor([1,'a'])",
    "torch.tensor(None)",
    "bool(torch.ones(2))",
    "torch.ones(2).item()",
    "torch.cat([torch.ones(2,2),torch.ones(3,3)])",
    "torch.stack([torch.ones(2),torch.ones(3)])",
    "torch.ones(2).to('cuda:7') if False else torch.zeros(2).expand(3)",
    "torch.ones(2,dtype=torch.int64).mean()",
    "x=torch.ones(2,dtype=torch.int64); x+=1.5",
    "x=torch.ones(3); x+=torch.ones(2,3)",
    "x=torch.ones(1).expand(3); x+=1",
    "torch.exp(np.ones(2))",
    "torch.ones(2).dot(torch.ones(3))",
    "torch.ones(3).reshape(2,-1)",
    "torch.ones(2,2).index_select(0,torch.tensor([5]))",
    "torch.ones(2,2).gather(1,torch.tensor([[5]]))",
    "torch.multinomial(torch.tensor([0.,0.]),1)",
    "len(torch.tensor(1.))",
    "torch.zeros(3)[:2] = torch.ones(2, 1, 3)",
    "torch.ones(2)[0.5]",
    "torch.zeros(2)[torch.tensor([0.5])]",
    "torch.ones(2,2)@torch.ones(2,2,dtype=torch.float64)",
    "torch.ones(2)-'a'",
    "torch.randint(5,3,(2,))",
    "for t in torch.tensor(1.): pass",
    "torch.ones(2).requires_grad_().requires_grad_(False); x=torch.ones(2,requires_grad=True)*2; x.requires_grad_(False)",
    "torch.linalg.inv(torch.zeros(2,2))",
    "torch.linalg.cholesky(-torch.eye(2))",
    "torch.ones(2,3).squeeze(5)",
    "torch.einsum('ij,jk->ik',torch.ones(2,3),torch.ones(2,3))",
    "torch.ones(3).unfold(0,5,1)",
    "torch.empty(2).normal_(0,-1)",
    "torch.normal(0., -1., (2,))",
    "torch.cat([])",
    "torch.tensor([True])-torch.tensor([True])",
    "x=torch.ones(2); x.grad=torch.ones(3)",
    "torch.arange(5,0)",
    "torch.zeros(-1)",
]

RANDOM = [
    *(
        f"out=[torch.randn({n},dtype=torch.{d}),torch.randn(3),torch.rand(2)]"
        for n in (1, 15, 16, 17, 33, 1000)
        for d in ("float32", "float64")
    ),
    *(
        f"out=[torch.rand({n},dtype=torch.{d})]"
        for n in (1, 100)
        for d in ("float32", "float64", "float16", "bfloat16")
    ),
    *(
        f"out=[torch.empty({n},dtype=torch.{d}).normal_(1.3,.37)]"
        for n in (5, 16, 100)
        for d in ("float32", "float64", "float16", "bfloat16")
    ),
    *(
        f"out=[torch.empty(50,dtype=torch.{d}).uniform_(-.3,.7),torch.empty(9,dtype=torch.{d}).exponential_(1.5)]"
        for d in ("float32", "float64")
    ),
    *(
        f"out=[torch.empty(50,dtype=torch.{d}).random_()]"
        for d in ("float32", "float64", "int64", "int32", "uint8", "bool")
    ),
    *(
        f"out=[torch.bernoulli(torch.full((60,),.4,dtype=torch.{d})),torch.empty(60,dtype=torch.{d}).bernoulli_(.3)]"
        for d in ("float32", "float64")
    ),
    *(
        f"out=[torch.multinomial(torch.rand(3,9,dtype=torch.{d}),k,replacement=r) for k in (1,4) for r in (False,True)]"
        for d in ("float32", "float64")
    ),
    "out=[torch.randperm(n) for n in (0,1,2,50,1000)]",
    "out=[torch.randint(-3,17,(40,)),torch.randint(9,(4,4)),torch.randint(0,2**40,(10,))]",
    "out=[torch.empty(7,20).t().normal_(),torch.empty(4,4).t().uniform_()]",
    "out=[torch.normal(2.,3.,(4,5)),torch.normal(torch.arange(20.),torch.ones(20)*.7)]",
    "out=[torch.randn(20,generator=torch.Generator().manual_seed(2**40+5)),torch.randn(20,generator=torch.Generator())]",
    "torch.randn(5); out=[torch.get_rng_state()]",
    "s=torch.get_rng_state(); a=torch.randn(3); torch.set_rng_state(s); out=[a,torch.randn(3)]",
]
