use chainrule_graph::*;
use chainrule_graph::ops::*;
use chainrule_math::Algebra;
#[test] fn param_output(){
 let g=Graph::new(); let x=g.scalar("x"); let pad=g.parameter("p",3,9); let w=g.parameter("w",1,1);
 let f=x*w; let d=g.gradient(f,&[x]).unwrap();
 let z: Vec<f64> = (0..27).map(|i| i as f64).collect();
 println!("{:?}", g.evaluate_matrices(&[d[0]], &[("x",Values::scalar(2.0)),("w",Values::scalar(5.0)),("p",Values{rows:3,columns:9,numbers:z})]));
 let _=pad;
}
#[test] fn second(){
 for f in [Function::from(Softplus), Silu.into(), Mish.into(), Sigmoid.into(), Tanh.into(), Elu{alpha:1.0}.into(), Gelu.into(), GeluTanh.into(), Selu.into(), Exp.into(), Erf.into(), Abs.into(), Relu.into(), Expm1.into(), Power{exponent:2.0}.into(), Power{exponent:0.0}.into(), Power{exponent:1.0}.into(),Power{exponent:3.0}.into(),Sqrt.into()] {
 for xv in [-1e4,-800.0,-100.0,0.0,100.0,800.0,1e4] {
  let g=Graph::new(); let x=g.scalar("x"); let y=x.apply(f);
  let d=g.gradient(y,&[x]).unwrap()[0]; let d2=g.gradient(d,&[x]).unwrap()[0]; let d3=g.gradient(d2,&[x]).unwrap()[0];
  let v=g.evaluate(&[y,d,d2,d3],&[("x",xv)]).unwrap();
  if v.iter().any(|v| !v.is_finite()) { println!("{f:?} {xv} {v:?}"); }
 }}
 let g=Graph::new(); let x=g.scalar("x"); let y=g.scalar("y");
 let p=x.power(y); let d=g.gradient(p,&[x,y]).unwrap(); 
 for (a,b) in [(0.0,0.0),(0.0,1.0),(0.0,2.0),(-2.0,2.0),(-2.0,3.0),(0.0,0.5),(2.0,0.0)] { println!("{a}^{b} {:?}", g.evaluate(&[p,d[0],d[1]],&[("x",a),("y",b)]).unwrap()); }
 // softmax extremes
}
