{application,shop,
             [{modules,['Elixir.Shop','Elixir.Shop.Application']},
              {optional_applications,[tracing]},
              {applications,[kernel,stdlib,jason,tracing]},
              {description,"Sells things"},
              {registered,[]},
              {vsn,"0.1.0"},
              {mod,{'Elixir.Shop.Application',[]}}]}.
