# the module that ends is still there: new virtual machines of it end as well
hub filter reload
