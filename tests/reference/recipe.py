"""Category suggestion for short texts, pure numpy / scipy / scikit-learn.   (final recipe, see README.md)
    m = Suggester(names, notes, parents).fit(texts, Y, groups=None, background=None, prior=PRIOR)
    P = m.proba([clean(t) for t in texts]); D = m.decide(P)
One continuous method: with 0 labels the same formulas run on the category texts alone and the stacker uses the shipped prior weights."""
import re, json, numpy as np
from scipy import sparse as sp
from scipy.linalg import cho_factor, cho_solve
from sklearn.feature_extraction.text import TfidfVectorizer, CountVectorizer, ENGLISH_STOP_WORDS

# ---------- words: stop words, a 15-line suffix stripper (no NLTK), note cleaning
STOP=set(ENGLISH_STOP_WORDS)|{'include','includes','including','included','tag','category','see','also','use','used','etc','eg','ie','general','other','separate','applicable','consider'}
def stem(w):
    if len(w)<=3: return w
    if w.endswith('ies') and len(w)>4: w=w[:-3]+'y'
    elif w.endswith('sses'): w=w[:-2]
    elif w.endswith('s') and not w.endswith(('ss','us','is')): w=w[:-1]
    for s in ('ization','isation','ational','ation','ition','ements','ement','ments','ment','ness','ically','ical','ically','ally','ings','ing','ers','edly','ed','er','ors','or','ist','ism','ic','al','ity','ly','e','y'):
        if w.endswith(s) and len(w)-len(s)>=4:
            w=w[:-len(s)]; break
    if len(w)>4 and w[-1]==w[-2] and w[-1] not in 'lsz': w=w[:-1]
    return w
_c={}
def toks(t,st=stem):
    return [_c.setdefault((w,st),st(w)) for w in re.findall(r"[a-z]{2,}",str(t).lower().replace("'s",'').replace("'",''))  if w not in STOP]
def clean_note(t):
    "drop clauses that point elsewhere"
    out=[]
    for s in re.split(r'(?<=[.;!?])\s+|\s+-\s+',str(t)):
        s=re.split(r'\b(?:see|not (?:to )?includ|excluding|separate from|consider|preference|where|potentially|applies|could be|depending|music\?|refers)',s,flags=re.I)[0]
        out.append(s)
    return ' '.join(out)
def clean(t):
    "straight quotes, possessives off; apply to every text before fit / proba"
    return re.sub(r"'s?\b|(?<=s)'",'',re.sub(r"[\u2019`]","'",str(t)))

f32=np.float32
def gap(s): return s-np.partition(s,-2,axis=1)[:,-2:-1]           # distance to the runner-up
def rel(s): return s/np.maximum(s.max(1,keepdims=True),1e-6)      # share of the text's best category
def l1p(s,k): return np.log1p(np.clip(s,0,None)*k)
def newton(X,y,lam,w0,w=None,iters=20):
    """ridge logistic regression by Newton steps, shrunk towards w0 (intercept free if lam[0]=0)"""
    b=w0.astype(np.float64).copy(); w=np.ones(len(y),f32) if w is None else w
    for _ in range(iters):
        p=1/(1+np.exp(-np.clip(X@b.astype(f32),-30,30))); g=X.T@(w*(y-p))-lam*(b-w0)
        H=((X*(w*p*(1-p))[:,None]).T@X).astype(np.float64)+np.diag(lam+1e-6); s=np.clip(np.linalg.solve(H,g),-3,3); b+=s
        if np.abs(s).max()<1e-3: break
    return b
def best_threshold(Y,P):
    s,y=P.ravel(),Y.ravel(); k=min(len(s),int(y.sum()*6)+50); o=np.argsort(-s)[:k]; tp=y[o].cumsum(); return float(s[o][(2*tp/(np.arange(1,k+1)+y.sum())).argmax()])

class LabelText:
    "similarities between a text and the words of each category; learns only idf"
    def __init__(s,names,notes,parents):
        s.names,s.notes,s.par=names,[clean_note(n) for n in notes],parents
    def fit(s,bg):
        L=len(s.names); nt=[toks(x) for x in s.names]; ot=[toks(x) for x in s.notes]
        s.cv=CountVectorizer(analyzer=lambda t:t,dtype=f32).fit(list(bg)+nt+ot); C=s.cv.transform(bg if len(bg) else nt); N=C.shape[0]
        df=np.asarray((C>0).sum(0)).ravel(); idf=(np.log((N+1)/(df+1))+1).astype(f32); s.idf=idf/idf.max()
        nm=(s.cv.transform(nt)>0).astype(f32); no=(s.cv.transform(ot)>0).astype(f32)
        P=sp.csr_matrix((np.ones(sum(map(len,s.par))),([j for j,p in enumerate(s.par) for _ in p],[q for p in s.par for q in p])),shape=(L,L),dtype=f32)
        full=2*nm+P@nm+no; full.data=1+np.log(full.data); s.full=s._unit(full).T.tocsr(); s.name=s._unit(nm).T.tocsr()
        s.cols=np.unique(nm.indices); pos={c:i for i,c in enumerate(s.cols)}; T=max(1,np.diff(nm.indptr).max()); s.tok=np.full((L,T),len(s.cols)); W=np.zeros((len(s.cols),L),f32)
        for j in range(L):
            r=nm.indices[nm.indptr[j]:nm.indptr[j+1]]; s.tok[j,:len(r)]=[pos[c] for c in r]; W[s.tok[j,:len(r)],j]=s.idf[r]
        s.W=W/np.maximum(W.sum(0),1e-9); s.ph=[(' '+' '.join(t)+' ') if len(t)>1 else None for t in nt]; s.multi=np.array([x is not None for x in s.ph])
        s.pp=np.full((L,max(1,max(map(len,s.par)))),L)   # padded parents; children as one flat list with starts
        for j,p in enumerate(s.par): s.pp[j,:len(p)]=p
        d=[(q,[j for j in range(L) if q in s.par[j]]) for q in range(L)]; d=[x for x in d if x[1]]; s.dq=np.array([q for q,_ in d],int); s.dc=np.array([j for _,c in d for j in c],int); s.ds=np.cumsum([0]+[len(c) for _,c in d])[:-1]; return s
    def _unit(s,M): M=M@sp.diags(s.idf); n=np.sqrt(np.asarray(M.multiply(M).sum(1)).ravel()); return (sp.diags(1/np.maximum(n,1e-9))@M).tocsr()
    def transform(s,tk):
        C=s.cv.transform(tk); Xl=C.copy(); Xl.data=(1+np.log(Xl.data))*s.idf[Xl.indices]; Xl.data/=np.repeat(np.maximum(np.sqrt(np.add.reduceat(np.r_[Xl.data**2,0],np.minimum(Xl.indptr[:-1],Xl.nnz))),1e-9),np.diff(Xl.indptr)).astype(f32) if Xl.nnz else 1; F={}
        F['cos']=(Xl@s.full).toarray(); F['cos_nm']=(Xl@s.name).toarray()
        B=(C[:,s.cols].toarray()>0).astype(f32); cov=B@s.W; F['nm_all']=(cov>.999).astype(f32)
        Bi=np.hstack([B*s.idf[s.cols],np.zeros((len(B),1),f32)]); F['nm_max']=np.maximum.reduce([Bi[:,s.tok[:,t]] for t in range(s.tok.shape[1])])
        c0=np.hstack([cov,np.zeros((len(cov),1),f32)]); F['anc']=np.maximum.reduce([c0[:,s.pp[:,t]] for t in range(s.pp.shape[1])]); de=np.zeros_like(cov)
        if len(s.dq): de[:,s.dq]=np.maximum.reduceat(cov[:,s.dc],s.ds,axis=1)
        F['desc']=de; ph=np.zeros_like(cov); J=s.multi
        for i,j in zip(*np.nonzero(F['nm_all']*J)): ph[i,j]=s.ph[j] in ' '+' '.join(tk[i])+' '
        F['phrase']=ph; return F

class Suggester:
    LAM=.3; W_LABEL=.3; K_ROC=2.; FOLDS=5; RIDGE=100.; T0=.27; T_SHRINK=50.; PER_LABEL=None; EXTRA=0
    def __init__(s,names,notes,parents,rules=None): s.names,s.notes,s.par,s.rules=list(names),list(notes),parents,rules; s.L=len(s.names)
    # ---- text vectors: mean of three kernels = concatenation of three TF-IDFs / sqrt(3)
    def _vec_fit(s,texts,tk,bgt,bgk):
        L=s.L; s.lt=LabelText(s.names,s.notes,s.par).fit(bgk); docs=[f"{a} {a} {' '.join(s.names[p] for p in s.par[j])} {s.lt.notes[j]}" for j,a in enumerate(s.names)]; dk=[toks(d) for d in docs]
        src=bgt if len(bgt)>=20 else list(bgt)+docs; srk=bgk if len(bgt)>=20 else list(bgk)+dk; m=2 if len(src)>=500 else 1
        s.vw=TfidfVectorizer(ngram_range=(1,2),sublinear_tf=True,min_df=m,dtype=f32).fit(src); s.vc=TfidfVectorizer(analyzer='char_wb',ngram_range=(3,5),sublinear_tf=True,min_df=max(m,3 if m>1 else 1),dtype=f32).fit(src)
        s.vs=TfidfVectorizer(analyzer=lambda t:t,sublinear_tf=True,min_df=m,dtype=f32).fit(srk); s.FL,s.SL=s._vec(docs,dk)
    @staticmethod
    def _tfidf(v,x): # the same numbers as v.transform(x) without scikit-learn's per-call validation (2 ms)
        C=CountVectorizer.transform(v,x); C.data=(1+np.log(C.data))*v.idf_[C.indices].astype(f32); d=np.r_[C.data.astype(float)**2,0]; q=np.add.reduceat(d,np.minimum(C.indptr[:-1],C.nnz)); ln=np.diff(C.indptr); C.data/=np.repeat(np.sqrt(np.where(ln>0,q,1)),ln).astype(f32); return C
    def _vec(s,texts,tk): S=s._tfidf(s.vs,tk); return sp.hstack([s._tfidf(s.vw,texts),s._tfidf(s.vc,texts),S],format='csr')*f32(3**-.5),S
    # ---- two example-based scores
    def _krr(s,K,Y,lam_w): # K over [texts, label docs]
        w=np.r_[np.ones(len(Y)-s.L),np.full(s.L,s.W_LABEL)]; mu=(w[:,None]*Y).sum(0)/w.sum(); c=cho_factor((K+np.diag((s.LAM/w).astype(f32))).astype(f32),lower=True,overwrite_a=True,check_finite=False); return cho_solve(c,(Y-mu).astype(f32),check_finite=False),mu.astype(f32)
    def _atoms(s,k,r,F,R=None,rp=None):
        A=[k,l1p(k,20),l1p(k,100),gap(k),rel(k),r,l1p(r,20),rel(r),gap(r),F['cos'],l1p(F['cos'],20),gap(F['cos']),rel(F['cos']),F['cos_nm'],rel(F['cos_nm']),F['phrase'],F['nm_all'],F['nm_max'],F['anc'],F['desc']]
        if R is not None: R=np.asarray(R,f32); A+=[R,R/(1+R.sum(1,keepdims=True)),R@s.P.T,R*(s.rp if rp is None else rp)]
        return A
    @staticmethod
    def _rule_precision(R,y,k=5): # log-odds that a matching rule is right, per category, shrunk to the mean rule
        tp,m=(R*y).sum(0),R.sum(0); p0=(tp.sum()+1.5)/(m.sum()+5); p=(tp+k*p0)/(m+k); return np.log(p/(1-p)).astype(f32)
    def _rules(s,texts):
        if s.rules is None: return None
        if callable(s.rules): return s.rules(texts)
        R=np.zeros((len(texts),s.L),f32)
        for j,(a,b) in enumerate(s.rules):
            if a is not None:
                for i,t in enumerate(texts): R[i,j]=bool(a.search(t)) and not (b and b.search(t))
        return R
    @staticmethod
    def _pairs(A,n):
        ln,few=np.log1p(n).astype(f32),(1/(1+n)).astype(f32); one=np.ones_like(A[0]); cols=[one]+A+[a*ln for a in A]+[a*few for a in A]+[one*ln,one*few]; return np.stack([c.ravel() for c in cols],1)
    def fit(s,texts,Y,groups=None,background=None,prior=None,R=None,seed=0):
        L=s.L; Y=np.asarray(Y).reshape(-1,L); n=len(Y); texts=list(texts); tk=[toks(t) for t in texts]; bg=list(background) if background is not None else []; bgk=[toks(t) for t in bg]
        s.P=np.zeros((L,L),f32); 
        for j,p in enumerate(s.par):
            for q in p: s.P[j,q]=1
        s._vec_fit(texts,tk,texts+bg,tk+bgk); eye=np.eye(L,dtype=f32)
        F,S=s._vec(texts,tk) if n else (sp.csr_matrix((0,s.FL.shape[1]),dtype=f32),sp.csr_matrix((0,s.SL.shape[1]),dtype=f32))
        FF=sp.vstack([F,s.FL]).tocsr(); K=np.asarray((FF@FF.T).todense(),f32); Yl=np.vstack([Y,eye]).astype(f32); lab=np.arange(n,n+L)
        if n:
            Ks=np.asarray((S@S.T).todense(),f32); KsL=np.asarray((S@s.SL.T).todense(),f32); groups=np.arange(n) if groups is None else np.unique(groups,return_inverse=True)[1]
            g=np.random.RandomState(seed).permutation(groups.max()+1)%s.FOLDS; fold=g[groups]; k=np.zeros((n,L),f32); r=np.zeros((n,L),f32); cnt=np.zeros((n,L),f32); Rm=R if R is not None else s._rules(texts); rp=np.zeros((n,L),f32)
            for f in range(s.FOLDS):  # out-of-fold scores AND out-of-fold counts: no row ever sees its own label
                te=np.flatnonzero(fold==f); tr=np.flatnonzero(fold!=f); tl=np.r_[tr,lab]
                if not len(te): continue
                a,mu=s._krr(K[np.ix_(tl,tl)],Yl[tl],None); k[te]=K[np.ix_(te,tl)]@a+mu; y=Yl[tr]; nn=(y*(Ks[np.ix_(tr,tr)]@y)).sum(0)+2*s.K_ROC*(y*KsL[tr]).sum(0)+s.K_ROC**2; r[te]=(Ks[np.ix_(te,tr)]@y+s.K_ROC*KsL[te])/np.sqrt(np.maximum(nn,1e-6)); cnt[te]=y.sum(0)
                if Rm is not None: rp[te]=s._rule_precision(Rm[tr],y)
            T=s.lt.transform(tk); A=s._atoms(k,r,T,Rm,rp); s.rp=None if Rm is None else s._rule_precision(Rm,Y); X=s._pairs(A,cnt); y=Yl[:n].ravel()
        # ---- stacker: one logistic regression over (text, category) pairs, shrunk towards the prior
        nA=(24 if (R is not None or s.rules is not None) else 20)+s.EXTRA; d=3+3*nA
        if prior is not None: 
            s.mu,s.sd,w0=(np.asarray(prior[q],float) for q in ('mu','sd','w'))
            if len(w0)<d: # prior learned without rules: insert rule inputs (raw scale); a matching rule adds 2 to the log-odds
                q=(len(w0)-3)//3; ins=lambda v,x:np.r_[v[:1+q],[x]*4,v[1+q:1+2*q],[x]*4,v[1+2*q:1+3*q],[x]*4,v[1+3*q:]]; s.mu,s.sd,w0=ins(s.mu,0.),ins(s.sd,1.),ins(w0,0.); w0[1+q]=2.
        else: s.mu,s.sd=np.r_[0,X[:,1:].mean(0)],np.r_[1,X[:,1:].std(0)+1e-6]; w0=np.zeros(d)
        if n:
            X-=s.mu.astype(f32); X/=s.sd.astype(f32); lam=np.full(d,s.RIDGE); lam[0]=0 if prior is None else 3.; wt=None
            if len(y)>1.5e6: # keep every positive, thin the negatives
                q=1.2e6/len(y); sel=(y>0)|(np.random.RandomState(1).rand(len(y))<q); wt=np.where(y[sel]>0,1,1/q).astype(f32); b=newton(X[sel],y[sel],lam,w0,wt)
            else: b=newton(X,y,lam,w0)
            s.oof=(1/(1+np.exp(-(X@b.astype(f32))))).reshape(n,L); m=y.sum(); t=best_threshold(Y,s.oof); s.t=(m*t+s.T_SHRINK*s.T0)/(m+s.T_SHRINK); del X
        else: b=w0; s.t=s.T0; s.rp=np.zeros(L,f32)
        s.b=b
        # ---- final scorers in primal form (one sparse-dense product per text), stacker folded into per-category weights
        a,s.kmu=s._krr(K.copy(),Yl,None); s.Wk=np.ascontiguousarray(FF.T@a,f32); N=Y.sum(0).astype(f32) if n else np.zeros(L,f32); num=(S.T@Y.astype(f32) if n else 0)+s.K_ROC*s.SL.T.toarray(); s.Wr=np.ascontiguousarray(num/np.maximum(np.sqrt((num**2).sum(0)),1e-6),f32)
        ln,few=np.log1p(N),1/(1+N); c=b/s.sd; s.eff=(c[1:1+nA,None]+c[1+nA:1+2*nA,None]*ln+c[1+2*nA:1+3*nA,None]*few).astype(f32); s.b0=(b[0]-(c[1:]*s.mu[1:]).sum()+c[1+3*nA]*ln+c[2+3*nA]*few).astype(f32); s.n=N; s.thr=np.full(L,s.t)
        if s.PER_LABEL and n:  # optional: per-category threshold, shrunk n/(n+20) on the logit scale (raises macro-F1)
            z=lambda p:np.log(p/(1-p))
            for j in np.flatnonzero(N>=3):
                q=np.argsort(-s.oof[:,j])[:max(50,int(6*N[j]))]; v=s.oof[q,j]; i=(2*Y[q,j].cumsum()/(np.arange(1,len(q)+1)+N[j])).argmax(); tj=v[i] if i+1>=len(v) else (v[i]+v[i+1])/2; w=N[j]/(N[j]+s.PER_LABEL); s.thr[j]=1/(1+np.exp(-(w*z(np.clip(tj,1e-4,1-1e-4))+(1-w)*z(s.t))))
        return s
    def _scores(s,texts):
        tk=[toks(t) for t in texts]; F,S=s._vec(texts,tk); return np.asarray(F@s.Wk,f32)+s.kmu,np.asarray(S@s.Wr,f32),s.lt.transform(tk)
    def atoms(s,texts,R=None): k,r,T=s._scores(texts); return s._atoms(k,r,T,R if R is not None else s._rules(texts))
    def proba(s,texts,R=None,chunk=2000):
        out=[]; texts=list(texts)
        for i in range(0,len(texts),chunk):
            z=s.b0.copy(); 
            for a,w in zip(s.atoms(texts[i:i+chunk],None if R is None else R[i:i+chunk]),s.eff): z=z+a*w
            out.append(1/(1+np.exp(-np.clip(z,-30,30))))
        return np.vstack(out)
    def decide(s,P):
        D=P>=s.thr; e=~D.any(1); D[e,P[e].argmax(1)]=True; return D

def learn_prior(names,notes,parents,texts,Y,groups=None,sizes=(0,25,50,100,200,400,800,1600),test=800,seed=0):
    "default stacker weights: pool (text, category) pairs scored by bases trained on 0..1600 other labels of a source data set"
    Xs,ys=[],[]; rng=np.random.RandomState(seed); texts=np.array(list(texts),object)
    for n in sizes:
        o=rng.permutation(len(Y)); te,tr=o[:test],o[test:test+n]; m=Suggester(names,notes,parents); d=3+60; m.fit(texts[tr],Y[tr],background=texts[o[test:test+2000]],prior=dict(mu=np.zeros(d),sd=np.ones(d),w=np.zeros(d)))
        Xs.append(m._pairs(m.atoms(list(texts[te])),np.broadcast_to(m.n,(len(te),m.L)))); ys.append(Y[te].ravel().astype(f32))
    X,y=np.vstack(Xs),np.concatenate(ys); mu,sd=np.r_[0,X[:,1:].mean(0)],np.r_[1,X[:,1:].std(0)+1e-6]; lam=np.full(X.shape[1],30.); lam[0]=0; X-=mu.astype(f32); X/=sd.astype(f32); w=newton(X,y,lam,np.zeros(X.shape[1])); return dict(mu=mu.tolist(),sd=sd.tolist(),w=w.tolist())
