"""Operations by family: in each file the forward function and the gradient formula stand side by side."""
